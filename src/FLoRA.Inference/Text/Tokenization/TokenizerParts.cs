namespace FLoRA.Inference.Text.Tokenization;

/// <summary>What a tokenizer folder says, checked.</summary>
internal sealed record TokenizerParts
{
    /// <summary>The file that has the vocabulary.</summary>
    public required string FileName { get; init; }

    /// <summary>Tokens in the byte alphabet.</summary>
    public required Dictionary<string, int> Vocabulary { get; init; }

    /// <summary>Best first.</summary>
    public required IReadOnlyList<(string Left, string Right)> Merges { get; init; }

    /// <summary>A piece that is a token as a whole is that token.</summary>
    public required bool IgnoreMerges { get; init; }

    /// <summary>Tokens found in the text as written.</summary>
    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>Composes (NFC) the text between the added tokens.</summary>
    public required bool Composes { get; init; }

    /// <summary>Puts a space before text that does not begin with one.</summary>
    public required bool AddPrefixSpace { get; init; }

    /// <summary>Stages of the cut into pieces.</summary>
    public required IReadOnlyList<IPreTokenizer> PreTokenizers { get; init; }

    /// <summary>Ids before every prompt.</summary>
    public required IReadOnlyList<int> PromptStart { get; init; }

    /// <summary>tokenizer_config.json.</summary>
    public required TokenizerConfig Config { get; init; }
}
