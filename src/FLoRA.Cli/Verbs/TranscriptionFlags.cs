using System.CommandLine;
using FLoRA.Cli.Loading;
using FLoRA.Cli.Requests;
using FLoRA.Inference.Speech.Transcription;

namespace FLoRA.Cli.Verbs;

/// <summary>How the recordings of one command line are transcribed, all of them alike. Which of it goes together, the transcriber says.</summary>
internal sealed class TranscriptionFlags
{
    private readonly Option<string?> _adapterId = new("--adapter-id") { Description = "Adapter that listens; default: the base model.", HelpName = "NAME" };
    private readonly Option<string?> _language = new("--language") { Description = "Language that is spoken, such as de; auto (default): detected.", HelpName = "xx|auto" };
    private readonly Option<string[]> _allowedLanguages = new("--allowed-languages") { Description = "Languages among which the detection decides; default: all of the model.", HelpName = "xx...", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string> _task = Words.Option("--task", "transcribe, or translate into English.", "transcribe", "translate");
    private readonly Option<bool?> _timestamps = new("--timestamps") { Description = "Shows the times in text; 'false': the model decodes without any.", HelpName = "true|false", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<bool> _wordTimestamps = new("--word-timestamps") { Description = "Finds the times of words: json lists them, other formats have segments that begin and end with words." };
    private readonly Option<bool> _batched = new("--batched") { Description = "Cuts recordings at silences and decodes the pieces at the same time." };
    private readonly Option<double?> _temperature = Number.Option<double>("--temperature", "The only temperature; default: 0, and where that fails a threshold 0.2, 0.4 .. 1.0.", "T", "a number");
    private readonly Option<int?> _bestOf = WholeNumber.Option("--best-of", "Candidates at temperatures above 0; default: one.");
    private readonly Option<long?> _seed = Number.Option<long>("--seed", "Seed of the random numbers at temperatures above 0; default: drawn.", "S", "a whole number of 64 bits");
    private readonly Option<int?> _beam = WholeNumber.Option("--beam", "Width of a beam search; default: greedy.");
    private readonly Option<string?> _initialPrompt = new("--initial-prompt") { Description = "Text before the first window, such as names to be recognised.", HelpName = "TEXT" };
    private readonly Option<bool> _carryInitialPrompt = new("--carry-initial-prompt") { Description = "The initial prompt goes before every window." };
    private readonly Option<bool> _conditionOnPreviousText = new("--condition-on-previous-text") { Description = "What was written so far goes before each window." };

    /// <summary>All of them.</summary>
    public IEnumerable<Option> Options =>
    [
        _adapterId, _language, _allowedLanguages, _task, _timestamps, _wordTimestamps, _batched, _temperature, _bestOf, _seed, _beam,
        _initialPrompt, _carryInitialPrompt, _conditionOnPreviousText,
    ];

    /// <summary>Whether text shows times: only where that is asked for.</summary>
    public bool ShowsTimes(ParseResult parsed) => parsed.GetValue(_timestamps) == true;

    /// <summary>What the command line asks for.</summary>
    public TranscriptionOptions Read(ParseResult parsed) => new()
    {
        Adapter = parsed.GetValue(_adapterId),
        Language = parsed.GetValue(_language),
        AllowedLanguages = parsed.GetResult(_allowedLanguages) is { Implicit: false } ? parsed.GetValue(_allowedLanguages) : null,
        Task = TranscribeRequest.TaskOf(parsed.GetValue(_task)),
        Timestamps = parsed.GetValue(_timestamps) ?? true,
        WordTimestamps = parsed.GetValue(_wordTimestamps),
        Batched = parsed.GetValue(_batched),
        Temperature = parsed.GetValue(_temperature),
        BestOf = parsed.GetValue(_bestOf),
        Seed = parsed.GetValue(_seed),
        BeamSize = parsed.GetValue(_beam),
        InitialPrompt = parsed.GetValue(_initialPrompt),
        CarryInitialPrompt = parsed.GetValue(_carryInitialPrompt),
        ConditionOnPreviousText = parsed.GetValue(_conditionOnPreviousText),
    };
}
