using System.Text;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>Replaces the matches of a pattern.</summary>
internal sealed class ReplacingNormalizer(CodePointPattern pattern, string content) : ITextNormalizer
{
    public string Normalize(string text, TextPlace place)
    {
        StringBuilder result = new(text.Length);
        int done = 0;
        foreach (Section match in pattern.Matches(text))
        {
            result.Append(text, done, match.Start - done).Append(content);
            done = match.End;
        }

        return result.Append(text, done, text.Length - done).ToString();
    }
}
