using FLoRA.TestData;

namespace FLoRA.Packages.Tests;

/// <summary>A program that knows the packages alone.</summary>
[Collection(FeedCollection.Name)]
public sealed class FreshProjectTests(Feed feed)
{
    [Fact]
    public async Task A_new_project_registers_AddFlora_and_generates()
    {
        string folder = feed.NewFolder("Fresh");
        await File.WriteAllTextAsync(Path.Combine(folder, "Fresh.csproj"),
            """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="FLoRA.SemanticKernel" Version="0.1.0" />
                <PackageReference Include="Microsoft.SemanticKernel.Core" Version="1.82.0" />
                <PackageReference Include="libtorch-cpu-linux-x64" Version="2.10.0" ExcludeAssets="native" />
              </ItemGroup>
            </Project>
            """, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"),
            """
            using FLoRA.SemanticKernel;
            using Microsoft.SemanticKernel;

            IKernelBuilder builder = Kernel.CreateBuilder();
            builder.AddFlora(flora =>
            {
                flora.Model = args[0] + "/model";
                flora.AdapterFolders.Add(args[0] + "/adapters");
            });
            Kernel kernel = builder.Build();
            KernelFunction lua = kernel.CreateFunctionFromPrompt(FloraPrompts.Raw(
                "-- Cap qty at 6.\nlocal function cap(qty)\n", new FloraPromptExecutionSettings { AdapterId = "lua-flora-r4", MaxTokens = 64 }));
            Console.WriteLine(await kernel.InvokeAsync<string>(lua));
            """, TestContext.Current.CancellationToken);

        await feed.DotnetAsync(folder, ["build", "-c", "Release", "-o", "out", "-v", "q"]);
        Command run = await feed.DotnetAsync(folder, [Path.Combine(folder, "out", "Fresh.dll"), RepositoryData.TinyCoder], (Feed.FolderVariable, feed.KnownPackages));

        Assert.StartsWith("    if qty > 6 then\n        return 6\n", run.Output, StringComparison.Ordinal);
    }
}
