using System.Text;
using System.Text.RegularExpressions;
using FLoRA.Inference;
using Microsoft.Extensions.Configuration;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Every example in the table of routes of docs/semantic-kernel.md leads to the adapter that it names.</summary>
public partial class RoutesPageTests
{
    private const string Answer = "lua-flora-r4|x";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string[] Examples { get; } = [.. Row()
        .Matches(File.ReadAllText(Path.Combine(TestModel.Root, "docs", "semantic-kernel.md")).Split("\n## Which adapter answers\n")[1].Split("\n## ")[0])
        .Select(m => m.Groups[1].Value)];

    [Fact]
    public void Every_example_is_run_by_a_test_of_this_class()
    {
        string compiled = File.ReadAllText(Path.Combine(TestModel.Root, "tests", "FLoRA.SemanticKernel.Tests", "Docs", "RoutesPage.cs"));
        Examples.Length.ShouldBe(10);
        Examples.Where(example => !compiled.Contains($"        {example};")).ShouldBe(
        [
            "\"execution_settings\": { \"default\": { \"adapter_id\": \"lua-flora-r4\" } }",
            "adapter_id: lua-flora-r4",
            .. Examples.Where(IsOption),
        ]);
    }

    [Fact]
    public async Task Code()
    {
        using var flora = new EchoKernel();
        KernelFunction function = KernelFunctionFactory.CreateFromPrompt("x");
        (await RoutesPage.SettingsOfTheCall(flora.Kernel, function)).GetValue<string>().ShouldBe(Answer);
        (await RoutesPage.SettingsOfAnyType(flora.Kernel, function)).GetValue<string>().ShouldBe(Answer);
        (await RoutesPage.ChatOptions(flora.Client, "x")).Text.ShouldBe(Answer);
        (await flora.AskAsync(RoutesPage.OwnSettings(flora.Kernel, "x"))).ShouldBe(Answer);
    }

    [Fact]
    public async Task Templates()
    {
        using var flora = new EchoKernel();
        string json = Examples.Single(example => example.StartsWith("\"execution_settings\"", StringComparison.Ordinal));
        PromptTemplateConfig config = PromptTemplateConfig.FromJson($$"""{ "name": "complete", "template": "x", {{json}} }""");
        (await flora.AskAsync(flora.Kernel.CreateFunctionFromPrompt(config))).ShouldBe(Answer);

        string[] yaml = Examples.Single(example => example.StartsWith("adapter_id:", StringComparison.Ordinal)).Split(": ");
        var settings = new PromptExecutionSettings { ExtensionData = new Dictionary<string, object> { [yaml[0]] = yaml[1] } };
        (await flora.AskAsync(KernelFunctionFactory.CreateFromPrompt("x", settings))).ShouldBe(Answer);
    }

    [Fact]
    public async Task Configuration()
    {
        string[] options = [.. Examples.Where(IsOption)];
        options.Length.ShouldBe(4);
        foreach (string option in options)
        {
            using var flora = new EchoKernel(o => SectionReaders.Text.Read(Section(option), o, ""));
            KernelFunction function = Route.InPlugin("Coder", KernelFunctionFactory.CreateFromPrompt("x", functionName: "complete"));
            if (option.Contains(nameof(FloraOptions.RequireAdapter)))
                await Should.ThrowAsync<InvalidRequestException>(() => flora.Kernel.InvokeAsync(function, cancellationToken: Cancel));
            else
                (await flora.AskAsync(function)).ShouldBe(Answer, option);
        }
    }

    /// <summary>Whether an example is an entry of the configuration section.</summary>
    private static bool IsOption(string example) => example.StartsWith('"') && SectionReaders.Text.KnownKeys.Contains(example.Split('"')[1]);

    private static IConfiguration Section(string option) =>
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes($$"""{ {{option}} }"""))).Build();

    [GeneratedRegex(@"^\| \d? ?\| [^|]+ \| `([^`]+)` \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
