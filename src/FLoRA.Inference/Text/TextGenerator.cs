namespace FLoRA.Inference.Text;

/// <summary>
/// Text in, text out, over an engine that speaks token ids: prompt, stop strings, incremental decoding. All of it runs on
/// the caller's thread. Thread-safe; owns neither engine nor tokenizer.
/// </summary>
public sealed class TextGenerator
{
    private readonly PromptWriter _prompts;

    /// <param name="engine">Where requests go.</param>
    /// <param name="tokenizer">The model's; null for a folder without one: prompts are token ids then, and there is no text.</param>
    /// <param name="chat">How messages become a prompt; null: <see cref="ChatFormat.Plain"/>, for models without a chat template.</param>
    public TextGenerator(ITokenEngine engine, Tokenizer? tokenizer, ChatFormat? chat = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        Engine = engine;
        Tokenizer = tokenizer;
        _prompts = new PromptWriter(tokenizer, chat);
    }

    /// <summary>Where requests go.</summary>
    public ITokenEngine Engine { get; }

    /// <summary>The model's tokenizer; null: token ids only.</summary>
    public Tokenizer? Tokenizer { get; }

    /// <summary>Whether requests may have a <see cref="TextRequest.Suffix"/>.</summary>
    public bool CanFillInTheMiddle => _prompts.CanFillInTheMiddle;

    /// <summary>Tokens of a request's prompt as <see cref="Start"/> writes it, with those that its format adds.</summary>
    /// <exception cref="InvalidRequestException">The request is malformed, or needs what the model or its tokenizer does not have.</exception>
    /// <exception cref="NotSupportedException">Messages for a model that has a chat template.</exception>
    public int CountPromptTokens(TextRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        TextRequestRules.Check(request, Tokenizer);
        return _prompts.Write(request).Tokens.Count;
    }

    /// <summary>Validates a request and queues it. The stream must be read or disposed.</summary>
    /// <exception cref="InvalidRequestException">The request is malformed, or needs what the model or its tokenizer does not have.</exception>
    /// <exception cref="NotSupportedException">Messages for a model that has a chat template.</exception>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered.</exception>
    /// <exception cref="ObjectDisposedException">The engine has stopped.</exception>
    public TextStream Start(TextRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        TextRequestRules.Check(request, Tokenizer);
        (IReadOnlyList<int> promptTokens, IReadOnlyList<string> formatStop) = _prompts.Write(request);
        TokenStream stream = Engine.Submit(new Request
        {
            PromptTokens = promptTokens,
            Adapter = request.Adapter,
            MaxNewTokens = request.MaxNewTokens,
            Sampling = request.Sampling,
            StopTokens = request.StopTokens,
            IgnoreEos = request.IgnoreEos,
            Logprobs = request.Logprobs,
        });
        return new TextStream(stream, request.Adapter, Tokenizer is null ? null : new TokenDecoder(Tokenizer), new StopMatcher([.. request.Stop, .. formatStop]));
    }
}
