namespace FLoRA.Inference.Text;

/// <summary>What ends the assistant's turn, found by letting the template write one.</summary>
/// <param name="Tokens">Ids; they end the answer and are not shown.</param>
/// <param name="Stop">Texts, where the tokenizer has no token for it.</param>
internal sealed record TurnEnd(IReadOnlyList<int> Tokens, IReadOnlyList<string> Stop)
{
    // Nothing that a template would write itself.
    private const string Probe = "qzvxkw";

    /// <summary>The end of a turn: the mark that the template puts behind an answer, and the end of text that the tokenizer names.</summary>
    public static TurnEnd Of(ChatTemplate template, Tokenizer tokenizer, string? name = null)
    {
        string behind = Behind(template, name);
        int? mark = tokenizer.CutAtSpecial(behind).Select(part => part.Token?.Id).FirstOrDefault();
        int?[] ids = [mark, tokenizer.EosToken is { } end ? tokenizer.IdOf(end) : null];
        return new TurnEnd([.. ids.OfType<int>().Distinct()], mark is null && behind.Length > 0 ? [behind] : []);
    }

    private static string Behind(ChatTemplate template, string? name)
    {
        try
        {
            string text = template.Render([new ChatTurn("user", "?"), new ChatTurn("assistant", Probe)], addGenerationPrompt: false, new TemplateOptions { Name = name });
            int at = text.LastIndexOf(Probe, StringComparison.Ordinal);
            return at < 0 ? "" : text[(at + Probe.Length)..].Trim();
        }
        catch (InvalidRequestException)
        {
            // A template for other conversations than this; the model's own end tokens are left.
            return "";
        }
    }
}
