using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>transcribe as a tool: what it hears, and which files it may open.</summary>
public sealed class SpeechPluginTests : IDisposable
{
    private readonly DirectoryInfo _outside = Directory.CreateTempSubdirectory("flora-outside-");
    private readonly DirectoryInfo _folder;

    public SpeechPluginTests()
    {
        _folder = _outside.CreateSubdirectory("recordings");
        File.Copy(Tinywhisper.Of("cs").Path, Path.Combine(_outside.FullName, "secret.wav"));
        File.Copy(Tinywhisper.Of("cs").Path, Path.Combine(_folder.CreateSubdirectory("calls").FullName, "cs.wav"));
        File.Copy(Tinywhisper.Of("en").Path, Path.Combine(_folder.FullName, "en.wav"));
        File.WriteAllText(Path.Combine(_folder.FullName, "notes.txt"), "no recording");
        File.WriteAllText(Path.Combine(_folder.FullName, "empty.wav"), "");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Task<string> TranscribeAsync(Tinywhisper model, string path, string? language = null, string? adapter = null) =>
        model.Services.GetRequiredService<FloraSpeechPlugin>().TranscribeAsync(path, language, adapter, Cancel);

    private Tinywhisper Load(Action<FloraSpeechOptions>? configure = null) => new(o =>
    {
        o.TranscribeFolder = _folder.FullName;
        configure?.Invoke(o);
    });

    public void Dispose() => _outside.Delete(recursive: true);

    [Fact]
    public async Task The_adapter_is_the_one_that_is_named_else_that_of_the_language_by_map_or_card()
    {
        using Tinywhisper model = Load();
        string golden = Tinywhisper.Of("cs").Text;
        (await TranscribeAsync(model, "calls/cs.wav", "cs")).ShouldBe(golden);
        (await TranscribeAsync(model, "calls\\cs.wav", "cs", "cs-flora-r4")).ShouldBe(golden);
        (await TranscribeAsync(model, "./en.wav", " ")).ShouldBe(Tinywhisper.Of("en").Text);
        (await TranscribeAsync(model, "calls/cs.wav", "cs", "hi-flora-r4")).ShouldNotBe(golden);
        using Tinywhisper mapped = Load(o => o.LanguageAdapters["cs"] = "hi-flora-r4");
        (await TranscribeAsync(mapped, "calls/cs.wav", "cs")).ShouldNotBe(golden);
    }

    [Fact]
    public async Task In_a_kernel_and_without_one_it_gives_the_text_itself()
    {
        using Tinywhisper model = Load();
        Kernel kernel = model.Kernel;
        KernelPlugin plugin = kernel.Plugins.AddFromObject(model.Services.GetRequiredService<FloraSpeechPlugin>(), "FloraSpeech");
        (await kernel.InvokeAsync<string>(plugin["transcribe"], new() { ["path"] = "en.wav", ["language"] = "en" }, Cancel)).ShouldBe(Tinywhisper.Of("en").Text);
        AIFunction tool = model.Services.GetRequiredService<FloraSpeechPlugin>().AsAIFunctions().ShouldHaveSingleItem();
        (await tool.InvokeAsync(new() { ["path"] = "en.wav" }, Cancel)).ShouldBe(Tinywhisper.Of("en").Text);
        (await tool.InvokeAsync(new(), Cancel)).ShouldBeOfType<string>().ShouldStartWith("Error:");
    }

    [Theory]
    [InlineData("../secret.wav")]
    [InlineData("calls/../../secret.wav")]
    [InlineData("calls\\..\\..\\secret.wav")]
    [InlineData("/etc/passwd")]
    [InlineData("\\\\server\\share\\a.wav")]
    [InlineData("C:\\secret.wav")]
    [InlineData("file:///etc/passwd")]
    [InlineData("link.wav")]
    [InlineData("linked/secret.wav")]
    [InlineData("twice.wav")]
    [InlineData("round.wav")]
    [InlineData("en.wav\0.txt")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("calls")]
    [InlineData("missing.wav")]
    [InlineData("empty.wav")]
    public void No_path_leads_out_of_the_folder_and_what_is_wrong_is_a_text(string path)
    {
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "link.wav"), Path.Combine(_outside.FullName, "secret.wav"));
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "twice.wav"), "link.wav");
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "round.wav"), "round.wav");
        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "linked"), "..");
        string message = Should.Throw<InvalidRequestException>(() => new AllowedFolder(_folder.FullName).Open(path)).Message;
        message.ShouldNotContain(_outside.FullName);
    }

    [Fact]
    public void Links_within_the_folder_and_a_folder_that_is_a_link_are_followed()
    {
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "again.wav"), Path.Combine(_folder.FullName, "en.wav"));
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "calls", "up.wav"), "../en.wav");
        string alias = Path.Combine(_outside.FullName, "alias");
        Directory.CreateSymbolicLink(alias, "recordings");
        foreach (string path in new[] { "again.wav", "calls/up.wav", "en.wav" })
        {
            using FileStream file = new AllowedFolder(alias).Open(path);
            file.Length.ShouldBe(new FileInfo(Tinywhisper.Of("en").Path).Length);
        }
    }

    [Fact]
    public async Task Errors_are_texts_to_act_on()
    {
        using Tinywhisper model = Load();
        (await TranscribeAsync(model, "cs.wav")).ShouldBe("Error: there is no file 'cs.wav'. Files: calls/cs.wav, empty.wav, en.wav, notes.txt.");
        (await TranscribeAsync(model, "en.wav", adapter: "sk")).ShouldStartWith("Error: adapter 'sk' does not exist. Leave it out to choose by language. Adapters: ar-flora-r4, ");
        (await TranscribeAsync(model, "en.wav", "Klingon")).ShouldContain("'Klingon'");
        (await TranscribeAsync(model, "notes.txt")).ShouldStartWith("Error: expected a recording");
        await Should.ThrowAsync<OperationCanceledException>(() => model.Services.GetRequiredService<FloraSpeechPlugin>().TranscribeAsync("en.wav", cancellationToken: new CancellationToken(true)));
    }

    [Fact]
    public void Without_a_folder_it_is_not_offered()
    {
        using var model = new Tinywhisper();
        Should.Throw<InvalidOperationException>(() => model.Services.GetRequiredService<FloraSpeechPlugin>()).Message.ShouldContain("TranscribeFolder");
        Tools(null).ShouldBe(["list_adapters", "complete_code", "infill_code", "generate_text"]);
        Tools(_folder.FullName).ShouldBe(["list_adapters", "complete_code", "infill_code", "generate_text", "transcribe"]);
        using var text = new EchoKernel();
        text.Kernel.Services.GetRequiredService<FloraPlugin>().AsAIFunctions().Count.ShouldBe(4);

        static IEnumerable<string> Tools(string? folder)
        {
            using var both = new EchoKernel(before: services => services.AddFloraSpeech(o => (o.Model, o.TranscribeFolder) = (Tinywhisper.Model, folder)));
            return both.Kernel.Services.GetRequiredService<FloraPlugin>().AsAIFunctions().Select(tool => tool.Name);
        }
    }
}
