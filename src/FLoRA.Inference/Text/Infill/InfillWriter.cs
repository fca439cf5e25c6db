namespace FLoRA.Inference.Text;

/// <summary>Writes the prompt of a gap. Thread-safe.</summary>
/// <param name="tokenizer">The model's.</param>
/// <param name="preferred">The form where a request names none; null: the first one whose tokens the tokenizer has.</param>
internal sealed class InfillWriter(Tokenizer tokenizer, InfillForm? preferred)
{
    private readonly InfillForm? _default = preferred ?? InfillForm.Known.FirstOrDefault(form => form.Marks.All(mark => IdsOf(tokenizer, mark) is not null));

    /// <summary>Whether a request that names no form can be written.</summary>
    public bool CanWrite => _default is not null && Missing(_default).Length == 0;

    /// <summary>The ids, without those that a text begins with, and the ids that end the answer.</summary>
    /// <exception cref="InvalidRequestException">The tokenizer lacks tokens of the form.</exception>
    public (List<int> Tokens, IReadOnlyList<int> Ends) Write(string prefix, string suffix, InfillForm? asked)
    {
        InfillForm form = asked ?? _default ?? InfillForm.Known.MaxBy(known => known.Marks.Count() - Missing(known).Length)!;
        if (Missing(form) is { Length: > 0 } missing)
        {
            throw new InvalidRequestException(
                $"suffix (Suffix): the model cannot fill in the middle, its tokenizer has no {string.Join(", no ", missing)}; "
                + $"{string.Join(" and ", form.Marks)} are needed for the form {form.Name}. Leave the suffix out, or use a model that was trained to fill in the middle.");
        }

        List<int> tokens = [];
        foreach (string part in form.Parts)
        {
            // The text behind the gap does not begin a text; no space goes before it (Rozière et al. 2023).
            tokens.AddRange(part switch
            {
                InfillForm.PrefixPlace => tokenizer.Encode(prefix),
                InfillForm.SuffixPlace => tokenizer.EncodeContinuation(suffix),
                _ => IdsOf(tokenizer, part) ?? throw new InvalidOperationException($"'{part}' was taken for a token"),
            });
        }

        IEnumerable<string?> ends = [.. form.Marks, .. form.Ends, tokenizer.EosToken];
        return (tokens, [.. ends.OfType<string>().Select(tokenizer.IdOfPiece).OfType<int>().Distinct()]);
    }

    private string[] Missing(InfillForm form) => [.. form.Marks.Where(mark => IdsOf(tokenizer, mark) is null)];

    // One token, or in a form of one's own several in a row; null: it is text to this tokenizer.
    private static IReadOnlyList<int>? IdsOf(Tokenizer tokenizer, string mark) =>
        tokenizer.IdOfPiece(mark) is { } id ? [id] : tokenizer.Encode(mark) is var ids && ids.All(tokenizer.IsAdded) ? ids : null;
}
