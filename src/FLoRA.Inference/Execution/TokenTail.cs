using System.Collections;

namespace FLoRA.Inference.Execution;

/// <summary>The generated part of a sequence's tokens, without a copy.</summary>
internal sealed class TokenTail(List<int> tokens, int start) : IReadOnlyList<int>
{
    public int Count => tokens.Count - start;

    public int this[int index] => tokens[start + index];

    public IEnumerator<int> GetEnumerator()
    {
        for (int i = start; i < tokens.Count; i++)
            yield return tokens[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
