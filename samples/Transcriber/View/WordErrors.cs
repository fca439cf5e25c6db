using System.Globalization;
using FLoRA.Inference.Speech.Transcription.Output;
using Transcriber.Listening;
using Transcriber.Recordings;

namespace Transcriber.View;

/// <summary>Word errors of one recording in a few characters.</summary>
internal static class WordErrors
{
    /// <summary>"3>0 of 4": three of four words wrong on the base model, none with the adapter; "" without a reference.</summary>
    public static string Describe(Recording recording, Heard heard, Heard? heardOnBase)
    {
        if (recording.Reference is not { } reference)
            return "";
        ErrorRate words = Of(reference, heard);
        string before = heardOnBase is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{Of(reference, heardOnBase).Edits}>");
        return string.Create(CultureInfo.InvariantCulture, $"{before}{words.Edits} of {words.Length}");
    }

    /// <summary>Whether every word is right, or nobody knows.</summary>
    public static bool AreNone(Recording recording, Heard heard) => recording.Reference is not { } reference || Of(reference, heard).Edits == 0;

    private static ErrorRate Of(string reference, Heard heard) => ErrorRate.OfWords(reference, heard.Transcript.Text);
}
