namespace FLoRA.Inference.Text;

/// <summary>Turns the prompt of a checked request into token ids.</summary>
internal sealed class PromptWriter(Tokenizer? tokenizer, ChatFormat? chat)
{
    private const string FimPrefix = "<fim_prefix>", FimSuffix = "<fim_suffix>", FimMiddle = "<fim_middle>";

    /// <summary>Whether the tokenizer has what a request with a suffix needs.</summary>
    public bool CanFillInTheMiddle => tokenizer is not null && new[] { FimPrefix, FimSuffix, FimMiddle }.All(name => tokenizer.IdOf(name) is not null);

    /// <summary>Ids of the prompt, and stop strings that its format asks for.</summary>
    /// <exception cref="InvalidRequestException">The model cannot fill in the middle, or the prompt gives no token.</exception>
    /// <exception cref="NotSupportedException">Messages for a model with a chat template.</exception>
    public (IReadOnlyList<int> Tokens, IReadOnlyList<string> Stop) Write(TextRequest request)
    {
        if (request.PromptTokens is { } tokens)
            return ([.. tokens], []);
        if (tokenizer is null)
            throw new InvalidOperationException("A request in text reached a model without a tokenizer unchecked.");
        if (request.Messages is { } turns)
            return WriteChat(tokenizer, turns);
        if (request.Suffix is { } suffix)
            return (Begin(tokenizer, FillInTheMiddle(tokenizer, request.Prompt!, suffix)), []);
        return (Begin(tokenizer, tokenizer.Encode(request.Prompt!)), []);
    }

    private (IReadOnlyList<int> Tokens, IReadOnlyList<string> Stop) WriteChat(Tokenizer tokenizer, IReadOnlyList<ChatTurn> turns)
    {
        if (chat is null && tokenizer.ChatTemplate is not null)
        {
            throw new NotSupportedException(
                "The model's tokenizer_config.json has a chat_template, and chat templates are not supported yet: "
                + "give the written-out conversation as Prompt, or a ChatFormat of your own.");
        }
        ChatFormat format = chat ?? ChatFormat.Plain;
        string text = format.Write(turns);
        IReadOnlyList<int> tokens = format.RecognisesSpecialTokens ? tokenizer.Encode(text) : tokenizer.EncodePlain(text);
        return (Begin(tokenizer, tokens), format.Stop);
    }

    // StarCoder's order (Li et al. 2023, section 5.4): prefix, suffix, then the middle is generated.
    private static List<int> FillInTheMiddle(Tokenizer tokenizer, string prefix, string suffix)
    {
        string[] missing = [.. new[] { FimPrefix, FimSuffix, FimMiddle }.Where(name => tokenizer.IdOf(name) is null)];
        if (missing.Length > 0)
        {
            throw new InvalidRequestException(
                $"suffix (Suffix): the model cannot fill in the middle, its tokenizer has no {string.Join(", no ", missing)}; "
                + $"{FimPrefix}, {FimSuffix} and {FimMiddle} are needed. Leave the suffix out, or use a model that was trained with them.");
        }

        int Id(string name) => tokenizer.IdOf(name)!.Value;
        return [Id(FimPrefix), .. tokenizer.Encode(prefix), Id(FimSuffix), .. tokenizer.Encode(suffix), Id(FimMiddle)];
    }

    /// <summary>Puts the ids before it that the model expects at the start of a text, unless the text has them already.</summary>
    private static IReadOnlyList<int> Begin(Tokenizer tokenizer, IReadOnlyList<int> tokens)
    {
        IReadOnlyList<int> start = tokenizer.PromptStart;
        if (tokens.Count == 0)
            throw new InvalidRequestException("The prompt gives no token; at least one is needed.");
        return start.Count == 0 || tokens.Take(start.Count).SequenceEqual(start) ? tokens : [.. start, .. tokens];
    }
}
