using FLoRA.Inference.Speech.Transcription.Output;

namespace Transcriber.Listening;

/// <summary>Errors of one language so far: of the base model and of the adapter, nothing normalised. Thread-safe.</summary>
internal sealed class LanguageScore(string language)
{
    private readonly Lock _lock = new();
    private readonly SortedSet<string> _adapters = new(StringComparer.Ordinal);

    /// <summary>The language.</summary>
    public string Language => language;

    /// <summary>Recordings with a reference.</summary>
    public int Recordings { get; private set; }

    /// <summary>The adapters that listened; none: the base model alone.</summary>
    public IReadOnlyCollection<string> Adapters => _adapters;

    /// <summary>Words wrong without an adapter.</summary>
    public ErrorRate BaseWords { get; private set; }

    /// <summary>Characters wrong without an adapter.</summary>
    public ErrorRate BaseCharacters { get; private set; }

    /// <summary>Words wrong with the adapter; where there is none, those of the base model.</summary>
    public ErrorRate Words { get; private set; }

    /// <summary>Characters wrong with the adapter; where there is none, those of the base model.</summary>
    public ErrorRate Characters { get; private set; }

    /// <summary>Counts a recording.</summary>
    /// <param name="reference">What was said.</param>
    /// <param name="heard">By the adapter, or by the base model where there is none.</param>
    /// <param name="heardOnBase">By the base model; null: <paramref name="heard"/> is.</param>
    public void Add(string reference, Heard heard, Heard? heardOnBase)
    {
        string text = heard.Transcript.Text, baseText = (heardOnBase ?? heard).Transcript.Text;
        lock (_lock)
        {
            Recordings++;
            if (heard.Adapter is { } adapter)
                _adapters.Add(adapter);
            Words += ErrorRate.OfWords(reference, text);
            Characters += ErrorRate.OfCharacters(reference, text);
            BaseWords += ErrorRate.OfWords(reference, baseText);
            BaseCharacters += ErrorRate.OfCharacters(reference, baseText);
        }
    }
}
