using System.Diagnostics;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>One text on its way to ids. Not thread-safe.</summary>
/// <param name="characters">Its length.</param>
/// <param name="hidden">Names of special tokens that are text; null: none.</param>
internal sealed class EncodingRun(int characters, HiddenTokens? hidden)
{
    private const double CharactersPerLimit = 1 << 20;

    private readonly long _begun = Stopwatch.GetTimestamp();
    private readonly TimeSpan _limit = PatternReader.Limit * (1 + (characters / CharactersPerLimit));

    /// <summary>Ids so far.</summary>
    public List<int> Ids { get; } = [];

    /// <summary>Names of special tokens that are text; null: none.</summary>
    public HiddenTokens? Hidden { get; } = hidden;

    /// <summary>Many pieces may each take a pattern's whole time; together they may not.</summary>
    /// <exception cref="InvalidRequestException">The patterns have taken too long.</exception>
    public void CheckTime()
    {
        if (Stopwatch.GetElapsedTime(_begun) > _limit)
            throw new InvalidRequestException($"The tokenizer's patterns took over {_limit.TotalSeconds:0} s on a text of {characters} characters.");
    }
}
