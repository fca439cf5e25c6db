namespace FLoRA.Inference.Text.Tokenization;

/// <summary>tokenizer.json's <c>Split</c>: cuts at the matches of a pattern, or at what lies between them.</summary>
internal sealed class PatternPreTokenizer(CodePointPattern pattern, SplitBehavior behavior, bool invert) : IPreTokenizer
{
    public void Cut(ReadOnlySpan<char> text, int offset, List<Section> pieces)
    {
        List<(Section Section, bool Match)> parts = [];
        int done = 0;
        foreach (Section match in pattern.Matches(text))
        {
            if (match.Start > done)
                parts.Add((new Section(offset + done, match.Start - done), invert));
            parts.Add((new Section(offset + match.Start, match.Length), !invert));
            done = match.End;
        }
        if (done < text.Length)
            parts.Add((new Section(offset + done, text.Length - done), invert));
        Splits.Apply(behavior, parts, pieces);
    }
}
