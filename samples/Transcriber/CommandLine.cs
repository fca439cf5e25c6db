using System.CommandLine;

namespace Transcriber;

/// <summary>The options as the user types them.</summary>
internal static class CommandLine
{
    /// <summary>The command; <paramref name="run"/> gives the exit code.</summary>
    public static RootCommand Create(Func<TranscriberOptions, CancellationToken, Task<int>> run)
    {
        var paths = new Argument<string[]>("PATH") { Description = "Recordings, and folders of them (default: the embedded ones in nine languages)", Arity = ArgumentArity.ZeroOrMore };
        var model = new Option<string?>("--model") { Description = "Model folder, any Whisper (default: the embedded tinywhisper)", HelpName = "DIR" };
        var adapters = new Option<string?>("--adapters") { Description = "Folder of adapters: each sub-folder is one of that name", HelpName = "DIR" };
        var settings = new Option<string?>("--settings") { Description = "An appsettings.json with FloraSpeech:LanguageAdapters in place of the sample's", HelpName = "FILE" };
        var references = new Option<string?>("--references") { Description = "What is said: JSON lines {\"audio\",\"text\",\"language\"}, or lines of audio, text and language between tabs", HelpName = "FILE" };
        var language = new Option<string?>("--language") { Description = "Language of recordings for which the table has none (default: detected)", HelpName = "xx" };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replaces .txt, .srt and .json files that exist beside the recordings" };
        var threads = new Option<int?>("--threads") { Description = "Kernel threads (default: processors)", HelpName = "N" };
        var command = new RootCommand("Transcribes many recordings at once: one Whisper model, an adapter per language, one batch.")
        {
            paths, model, adapters, settings, references, language, overwrite, threads,
        };
        command.SetAction((parsed, cancellationToken) => run(
            new TranscriberOptions
            {
                Paths = parsed.GetValue(paths) ?? [],
                Model = parsed.GetValue(model),
                Adapters = parsed.GetValue(adapters),
                Settings = parsed.GetValue(settings),
                References = parsed.GetValue(references),
                Language = parsed.GetValue(language),
                Overwrite = parsed.GetValue(overwrite),
                Threads = parsed.GetValue(threads),
            },
            cancellationToken));
        return command;
    }
}
