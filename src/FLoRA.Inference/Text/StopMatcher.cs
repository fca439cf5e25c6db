namespace FLoRA.Inference.Text;

/// <summary>
/// Cuts a stream of text at the first stop string that is complete (of those complete at the same character, the longest).
/// Gives text out as soon as it can no longer be part of one: held back is only the longest end of the text that is a
/// beginning of some stop string. The result does not depend on how the text is cut into pieces.
/// One Knuth-Morris-Pratt automaton per stop string: linear in the text.
/// </summary>
internal sealed class StopMatcher
{
    private readonly Pattern[] _patterns;
    private string _held = "";

    /// <param name="stops">Non-empty strings.</param>
    public StopMatcher(IReadOnlyList<string> stops) => _patterns = [.. stops.Select(stop => new Pattern(stop))];

    /// <summary>True once a stop string is complete; nothing is given out any more.</summary>
    public bool Matched { get; private set; }

    /// <summary>Takes the next piece and returns the text that is now certain.</summary>
    public string Push(string piece)
    {
        if (Matched)
            return "";
        if (_patterns.Length == 0)
            return piece;
        string text = _held + piece;
        for (int i = _held.Length; i < text.Length; i++)
        {
            int matched = 0;
            foreach (Pattern pattern in _patterns)
                matched = Math.Max(matched, pattern.Advance(text[i]));
            if (matched == 0)
                continue;
            Matched = true;
            _held = "";
            return text[..(i + 1 - matched)];
        }
        int certain = text.Length - _patterns.Max(pattern => pattern.State);
        _held = text[certain..];
        return text[..certain];
    }

    /// <summary>The text ends here: what was held back.</summary>
    public string Flush()
    {
        string rest = _held;
        _held = "";
        return rest;
    }

    private sealed class Pattern
    {
        private readonly string _text;

        // [n]: length of the longest proper end of _text[..n] that is also its beginning.
        private readonly int[] _fallback;

        public Pattern(string text)
        {
            _text = text;
            _fallback = new int[text.Length + 1];
            for (int i = 1; i < text.Length; i++)
                _fallback[i + 1] = Next(_fallback[i], text[i]);
        }

        /// <summary>Characters of the pattern that the text so far ends with; below its length.</summary>
        public int State { get; private set; }

        /// <summary>Returns the pattern's length if it is complete with <paramref name="next"/>, else 0.</summary>
        public int Advance(char next)
        {
            State = Next(State, next);
            return State == _text.Length ? State : 0;
        }

        private int Next(int state, char next)
        {
            while (state > 0 && _text[state] != next)
                state = _fallback[state];
            return _text[state] == next ? state + 1 : 0;
        }
    }
}
