using System.Text.Json;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>Reads the <c>pattern</c> of a part of tokenizer.json: a text or a regular expression.</summary>
internal static class PatternReader
{
    /// <summary>Most time that patterns from a file may take on one text. Generous: those in use match many megabytes in it.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    // Published ones have some hundred characters.
    private const int LongestPattern = 10_000;

    /// <param name="part">What has the pattern.</param>
    /// <param name="what">What it is, for the error.</param>
    /// <exception cref="FormatException">There is none, or it uses what is not supported.</exception>
    public static CodePointPattern Read(JsonElement part, string what)
    {
        JsonElement pattern = part.Required("pattern", JsonValueKind.Object);
        return pattern.Optional("Regex") is not null ? Pattern(pattern.Text("Regex"), isText: false)
            : pattern.Optional("String") is not null ? Pattern(pattern.Text("String"), isText: true)
            : throw new FormatException($"{what} needs a pattern with Regex or String");
    }

    /// <summary>A pattern under the time limit of all patterns from files.</summary>
    /// <exception cref="FormatException">It uses what is not supported.</exception>
    public static CodePointPattern Pattern(string pattern, bool isText) => pattern.Length <= LongestPattern
        ? new(pattern, isText, Limit)
        : throw new FormatException($"a pattern of {pattern.Length} characters is not supported, at most {LongestPattern} are");
}
