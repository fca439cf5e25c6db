using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>docs/semantic-kernel.md says what compiles and what happens.</summary>
public sealed partial class SemanticKernelPageTests : IDisposable
{
    private readonly string _before = Directory.GetCurrentDirectory();

    public SemanticKernelPageTests() => Directory.SetCurrentDirectory(TestModel.Root);

    private static string Page => File.ReadAllText(Path.Combine(TestModel.Root, "docs", "semantic-kernel.md"));

    public void Dispose() => Directory.SetCurrentDirectory(_before);

    [Theory]
    [InlineData("docs/semantic-kernel.md")]
    public void Every_snippet_is_one_that_is_compiled(string page) => PageSnippets.ShouldAllBeCompiled(page);

    [Fact]
    public async Task The_kernel_and_the_template_complete_the_function()
    {
        (Kernel kernel, string? code) = await SemanticKernelPage.QuickStartAsync();
        code.ShouldNotBeNull().ShouldContain("if qty > 6 then");
        KernelFunction function = SemanticKernelPage.JsonTemplate(kernel);
        (await kernel.InvokeAsync<string>(function, new() { ["task"] = "Cap qty at 6." }, TestContext.Current.CancellationToken)).ShouldBe(code);
        ((IDisposable)kernel.Services).Dispose();
    }

    [Fact]
    public async Task The_chat_client_streams()
    {
        TextWriter console = Console.Out;
        using var written = new StringWriter();
        Console.SetOut(written);
        try
        {
            await SemanticKernelPage.ChatClientAsync();
        }
        finally
        {
            Console.SetOut(console);
        }

        written.ToString().ShouldContain("if qty > 6 then");
    }

    [Fact]
    public async Task Another_model_has_code_written_by_the_tools()
    {
        var cloud = new CloudModel(("complete_code", """{"language":"lua","code":"-- Cap qty at 6.\nlocal function cap(qty)\n","max_tokens":64,"stop":["\nlocal"]}"""));
        (Kernel kernel, string? answer) = await SemanticKernelPage.PluginAsync(cloud);
        answer.ShouldNotBeNull().ShouldContain("if qty > 6 then");
        ((IDisposable)kernel.Services).Dispose();
        (await SemanticKernelPage.ToolsOfAnAgentAsync(cloud)).ShouldBe(answer);
    }

    [Fact]
    public void The_section_of_the_page_is_valid()
    {
        string json = Json().Match(Page).Groups[1].Value;
        IConfiguration configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json))).Build();
        var services = new ServiceCollection();
        services.AddFlora(configuration.GetSection("Flora"));
        using ServiceProvider provider = services.BuildServiceProvider();
        FloraOptions options = provider.GetRequiredService<IOptionsMonitor<FloraOptions>>().Get("");
        options.FunctionAdapters["Coder.rust"].ShouldBe("rs-flora-r4");
    }

    [Fact]
    public void The_section_and_the_code_combine()
    {
        // A relative file is looked for beside the program.
        string file = Path.Combine(AppContext.BaseDirectory, "appsettings.json");
        File.WriteAllText(file, $$"""{ "Flora": { "Model": "{{TestModel.Folder}}" } }""");
        try
        {
            var services = new ServiceCollection();
            SemanticKernelPage.Configuration(services);
            using ServiceProvider provider = services.BuildServiceProvider();
            FloraOptions options = provider.GetRequiredService<IOptionsMonitor<FloraOptions>>().Get("flora");
            options.Model.ShouldBe(TestModel.Folder);
            options.Trace.ShouldNotBeNull();
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void The_table_lists_every_option_and_the_list_every_setting()
    {
        foreach (System.Reflection.PropertyInfo option in typeof(FloraOptions).GetProperties())
            Page.ShouldContain($"`{option.Name}`");
        foreach (string setting in SettingTable.KnownKeys)
            Page.ShouldContain($"`{setting}`");
    }

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Json();
}
