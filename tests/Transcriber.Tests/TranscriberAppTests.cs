using FLoRA.Inference.Tests.TestSupport;
using Spectre.Console;
using Transcriber.Recordings;

namespace Transcriber.Tests;

/// <summary>The whole program, with the engine and the embedded model.</summary>
public sealed class TranscriberAppTests : IDisposable
{
    private static readonly string Audio = Path.GetDirectoryName(EmbeddedModel.Find(AppContext.BaseDirectory).References)!;
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new(), _error = new();

    public void Dispose()
    {
        _folder.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task Ones_own_recordings_are_written_beside_them_and_scored_where_the_text_is_known()
    {
        File.Copy(Path.Combine(Audio, "cs", "00.wav"), _folder.File("česky.wav"));
        File.Copy(Path.Combine(Audio, "en", "00.wav"), _folder.File("english.wav"));
        _folder.Write("broken.wav", [1, 2, 3]);
        string table = _folder.Write("table.tsv", "česky.wav\tnula plus deset je deset\tcs\n"u8.ToArray());

        (await RunAsync(new TranscriberOptions { Paths = [_folder.Path], References = table })).ShouldBe(1);

        File.ReadAllText(_folder.File("česky.txt")).ShouldBe("nula plus deset je deset\n");
        File.ReadAllText(_folder.File("english.srt")).ShouldContain("the ticket costs sixty eight dollars");
        File.Exists(_folder.File("english.json")).ShouldBeTrue();
        File.Exists(_folder.File("broken.txt")).ShouldBeFalse();
        _output.ToString().ShouldContain("cs            1      5     100.0");
        _output.ToString().ShouldContain("broken.wav   failed: ");
        _error.ToString().ShouldContain("1 of 3 recordings could not be transcribed.");
    }

    [Fact]
    public async Task A_model_of_ones_own_works_without_adapters_and_detects_the_language()
    {
        File.Copy(Path.Combine(Audio, "de", "00.wav"), _folder.File("a.wav"));
        string model = EmbeddedModel.Find(AppContext.BaseDirectory).Model;

        (await RunAsync(new TranscriberOptions { Paths = [_folder.File("a.wav")], Model = model })).ShouldBe(0, _error.ToString());

        _output.ToString().ShouldContain(" 0 adapters; 1 recordings");
        File.ReadAllText(_folder.File("a.json")).ShouldContain("\"language\":\"de\",\"language_probs\":{");
    }

    [Fact]
    public async Task What_is_wrong_with_the_command_line_ends_with_2_and_a_message()
    {
        File.Copy(Path.Combine(Audio, "de", "00.wav"), _folder.File("a.wav"));
        _folder.Write("a.txt", "mine"u8.ToArray());
        string settings = _folder.Write("settings.json", """{"FloraSpeech":{"LanguageAdapters":{"de":"nobody"}}}"""u8.ToArray());

        (await RunAsync(new TranscriberOptions { Paths = [_folder.File("a.wav")] })).ShouldBe(2);
        (await RunAsync(new TranscriberOptions { Paths = [_folder.File("a.wav")], Overwrite = true, Model = "/no/such" })).ShouldBe(2);
        (await RunAsync(new TranscriberOptions { Paths = [_folder.File("a.wav")], Overwrite = true, Settings = settings })).ShouldBe(2);
        _output.ToString().ShouldBeEmpty();
        foreach (string part in (string[])["--overwrite replaces them", "'/no/such'", "nobody"])
            _error.ToString().ShouldContain(part);
        File.ReadAllText(_folder.File("a.txt")).ShouldBe("mine");
    }

    [Fact]
    public async Task A_language_that_the_model_does_not_know_ends_with_1()
    {
        File.Copy(Path.Combine(Audio, "de", "00.wav"), _folder.File("a.wav"));

        (await RunAsync(new TranscriberOptions { Paths = [_folder.File("a.wav")], Language = "xx" })).ShouldBe(1);
        _error.ToString().ShouldContain("language 'xx'");
    }

    private Task<int> RunAsync(TranscriberOptions options)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(_output) });
        return new TranscriberApp(console, _output, _error, AppContext.BaseDirectory).RunAsync(options, TestContext.Current.CancellationToken);
    }
}
