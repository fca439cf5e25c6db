using FLoRA.Inference.Sampling;

namespace FLoRA.Inference.Text;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">"system", "user", "assistant" ...</param>
/// <param name="Content">Its text.</param>
/// <param name="Name">Who speaks, for templates that write it; null: nobody in particular.</param>
public sealed record ChatTurn(string Role, string Content, string? Name = null);

/// <summary>A request in text. Exactly one of <see cref="Prompt"/>, <see cref="PromptTokens"/>, <see cref="Messages"/> is given.</summary>
public sealed record TextRequest
{
    /// <summary>Raw text that the model goes on from; no template is applied.</summary>
    public string? Prompt { get; init; }

    /// <summary>With <see cref="Prompt"/>: the text after the gap (fill in the middle).</summary>
    public string? Suffix { get; init; }

    /// <summary>With <see cref="Suffix"/>: the form that the model was taught; null: found in the tokenizer.</summary>
    public InfillForm? InfillForm { get; init; }

    /// <summary>Prompt as token ids.</summary>
    public IReadOnlyList<int>? PromptTokens { get; init; }

    /// <summary>A conversation, written out by the model's chat template or the chat format.</summary>
    public IReadOnlyList<ChatTurn>? Messages { get; init; }

    /// <summary>With <see cref="Messages"/>: which of the model's templates, and its variables; null: the default one, none.</summary>
    public TemplateOptions? Template { get; init; }

    /// <summary>Name of a registered adapter; null: base.</summary>
    public string? Adapter { get; init; }

    /// <summary>Most tokens to produce; null: what context and cache allow.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>How a token is chosen.</summary>
    public SamplingOptions Sampling { get; init; } = SamplingOptions.Greedy;

    /// <summary>Texts that end the completion; cut from it, also where they cross token borders.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Ids that end the completion.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>True: the model's end tokens neither stop nor are hidden.</summary>
    public bool IgnoreEos { get; init; }

    /// <summary>Gives a log-probability per token.</summary>
    public bool Logprobs { get; init; }
}
