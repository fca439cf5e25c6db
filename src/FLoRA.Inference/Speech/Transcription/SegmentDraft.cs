using FLoRA.Inference.Speech.Transcription.Words;

namespace FLoRA.Inference.Speech.Transcription;

/// <summary>A segment while it is worked on. Mutable; for one window.</summary>
internal sealed class SegmentDraft
{
    /// <summary>From the recording's start.</summary>
    public required double StartSeconds { get; set; }

    /// <summary>From the recording's start.</summary>
    public required double EndSeconds { get; set; }

    /// <summary>What its text tokens say.</summary>
    public required string Text { get; set; }

    /// <summary>Tokens, times included.</summary>
    public required IReadOnlyList<int> Tokens { get; set; }

    /// <summary>Empty unless words were asked for.</summary>
    public IReadOnlyList<WordTiming> Words { get; set; } = [];

    /// <summary>A piece without length or text stays in the list, but empty.</summary>
    public void ClearIfBlank()
    {
        if (StartSeconds != EndSeconds && !string.IsNullOrWhiteSpace(Text))
            return;
        Text = "";
        Tokens = [];
        Words = [];
    }
}
