namespace FLoRA.Inference.Speech.Transcription;

/// <summary>What was written so far, and how much of it goes before the next window. For one recording; not thread-safe.</summary>
/// <param name="initial">Ids of the initial prompt; empty: none.</param>
/// <param name="carry">True: they go before every window.</param>
/// <param name="longest">Ids that fit before a window.</param>
internal sealed class PromptHistory(IReadOnlyList<int> initial, bool carry, int longest)
{
    private readonly List<int> _tokens = [.. initial];
    private int _first;

    /// <summary>Ids that go before the next window.</summary>
    public IReadOnlyList<int> Next() => carry
        ? [.. initial.TakeLast(longest), .. Since(Math.Max(initial.Count, _first), Math.Max(0, longest - initial.Count))]
        : Since(_first, longest);

    /// <summary>A window was written.</summary>
    /// <param name="tokens">Of its segments.</param>
    /// <param name="forget">True: nothing up to here goes before a later window.</param>
    public void Add(IEnumerable<int> tokens, bool forget)
    {
        _tokens.AddRange(tokens);
        if (forget)
            _first = _tokens.Count;
    }

    private List<int> Since(int first, int most)
    {
        int count = Math.Min(_tokens.Count - first, most);
        return _tokens.GetRange(_tokens.Count - count, count);
    }
}
