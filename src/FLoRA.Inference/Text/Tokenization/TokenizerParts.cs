namespace FLoRA.Inference.Text.Tokenization;

/// <summary>What a tokenizer folder says, checked.</summary>
internal sealed record TokenizerParts
{
    /// <summary>Ids of tokens by their names in the vocabulary.</summary>
    public required IReadOnlyDictionary<string, int> Vocabulary { get; init; }

    /// <summary>From pieces to ids.</summary>
    public required ITokenModel Model { get; init; }

    /// <summary>From ids to text.</summary>
    public required TokenTable Table { get; init; }

    /// <summary>Tokens found in the text as written.</summary>
    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>Changes of the text between the added tokens, one after the other.</summary>
    public IReadOnlyList<ITextNormalizer> Normalizers { get; init; } = [];

    /// <summary>How it is cut into pieces.</summary>
    public required PreTokenization Pieces { get; init; }

    /// <summary>Ids before every prompt.</summary>
    public required IReadOnlyList<int> PromptStart { get; init; }

    /// <summary>tokenizer_config.json.</summary>
    public required TokenizerConfig Config { get; init; }
}
