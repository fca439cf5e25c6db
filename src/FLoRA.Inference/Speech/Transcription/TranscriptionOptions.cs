namespace FLoRA.Inference.Speech.Transcription;

/// <summary>
/// How a recording is transcribed. The defaults are those of openai/whisper except <see cref="ConditionOnPreviousText"/>. What cannot be done, or would have no
/// effect beside another option, is refused before any work.
/// </summary>
public sealed record TranscriptionOptions
{
    /// <summary>Adapter; null: base.</summary>
    public string? Adapter { get; init; }

    /// <summary>Language that is spoken, as the model has it ("de"); null or "auto": detected in the first window.</summary>
    public string? Language { get; init; }

    /// <summary>Languages among which the detection decides; null: all of the model.</summary>
    public IReadOnlyList<string>? AllowedLanguages { get; init; }

    /// <summary>
    /// Adapter by the language that was detected, for everything after the detection, which itself runs with <see cref="Adapter"/>; a null that it gives is the base model. Null: one
    /// adapter for all. What it throws ends the transcription.
    /// </summary>
    public Func<string, string?>? AdapterOfLanguage { get; init; }

    /// <summary>In the language that is spoken, or in English.</summary>
    public SpeechTask Task { get; init; }

    /// <summary>False: one segment per window, without times of its own (openai/whisper's without_timestamps).</summary>
    public bool Timestamps { get; init; } = true;

    /// <summary>Times for each word, by the attention between text and sound; less reliable for translations.</summary>
    public bool WordTimestamps { get; init; }

    /// <summary>False: nothing is suppressed and times follow no rule.</summary>
    public bool Rules { get; init; } = true;

    /// <summary>
    /// Decoder input of exactly one window, the first: no seeking, no language detection, no skipping of silence. Null: the input is made from language, task and timestamps,
    /// and the whole recording is transcribed.
    /// </summary>
    public IReadOnlyList<int>? PromptTokens { get; init; }

    /// <summary>The only temperature; 0: greedy or beams. Null: 0, and where that fails a threshold 0.2, 0.4 .. 1.0.</summary>
    public double? Temperature { get; init; }

    /// <summary>Candidates at temperatures above 0; null: one.</summary>
    public int? BestOf { get; init; }

    /// <summary>Width of the search at temperature 0; null: greedy.</summary>
    public int? BeamSize { get; init; }

    /// <summary>Ended beams that are waited for, in units of <see cref="BeamSize"/> (Kasai et al., 2022); null: 1.</summary>
    public double? Patience { get; init; }

    /// <summary>Exponent by which long candidates lose (Wu et al., 2016), from 0 to 1; null: by the mean log-probability.</summary>
    public double? LengthPenalty { get; init; }

    /// <summary>Text that goes before the first window, such as names to be recognised.</summary>
    public string? InitialPrompt { get; init; }

    /// <summary>True: <see cref="InitialPrompt"/> goes before every window.</summary>
    public bool CarryInitialPrompt { get; init; }

    /// <summary>
    /// True: what was written so far goes before each window. More consistent, but a mistake can repeat itself through the recording, so it is off here;
    /// openai/whisper has it on.
    /// </summary>
    public bool ConditionOnPreviousText { get; init; }

    /// <summary>
    /// True: the recording is cut at silences into pieces of at most one window, and all of them are decoded at the same time, each as a recording of its own. Much faster for one long
    /// recording; the text need not be the same. Not with <see cref="ConditionOnPreviousText"/>. False: one window after the other, each beginning where the times of the last one end, as
    /// openai/whisper does.
    /// </summary>
    public bool Batched { get; init; }

    /// <summary>A text that compresses better than this repeats itself: the next temperature is tried. Null: off.</summary>
    public double? CompressionRatioThreshold { get; init; } = 2.4;

    /// <summary>Below this mean log-probability the next temperature is tried. Null: off.</summary>
    public double? LogprobThreshold { get; init; } = -1.0;

    /// <summary>Above this probability of no speech a window is silence, if its mean log-probability does not exceed <see cref="LogprobThreshold"/>. Null: off.</summary>
    public double? NoSpeechThreshold { get; init; } = 0.6;

    /// <summary>Most tokens per window; null: half the decoder's context.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Seed of the random numbers above temperature 0; null: one is drawn per window.</summary>
    public long? Seed { get; init; }

    /// <summary>Marks that belong to the word behind them.</summary>
    public string PrependPunctuations { get; init; } = "\"'“¿([{-";

    /// <summary>Marks that belong to the word before them.</summary>
    public string AppendPunctuations { get; init; } = "\"'.。,，!！?？:：”)]}、";

    /// <summary>True: the language is to be detected.</summary>
    internal bool DetectsLanguage => Language is null || string.Equals(Language, "auto", StringComparison.OrdinalIgnoreCase);
}
