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
    /// <param name="chat">How messages become a prompt; null: the model's chat template, else <see cref="ChatFormat.Plain"/>.</param>
    /// <param name="infill">How requests with a suffix are written that name no form; null: found in the tokenizer.</param>
    /// <param name="time">The clock of chat templates that write the date; null: the system's.</param>
    public TextGenerator(ITokenEngine engine, Tokenizer? tokenizer, ChatFormat? chat = null, InfillForm? infill = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        Engine = engine;
        Tokenizer = tokenizer;
        _prompts = new PromptWriter(tokenizer, chat, infill, time ?? TimeProvider.System);
    }

    /// <summary>Where requests go.</summary>
    public ITokenEngine Engine { get; }

    /// <summary>The model's tokenizer; null: token ids only.</summary>
    public Tokenizer? Tokenizer { get; }

    /// <summary>How messages become a prompt.</summary>
    /// <exception cref="InvalidRequestException">The model's chat template cannot be read.</exception>
    public ChatFormat Chat => _prompts.Chat;

    /// <summary>Whether requests may have a <see cref="TextRequest.Suffix"/>.</summary>
    public bool CanFillInTheMiddle => _prompts.CanFillInTheMiddle;

    /// <summary>Tokens of a request's prompt as <see cref="Start"/> writes it, with those that its format adds.</summary>
    /// <exception cref="InvalidRequestException">The request is malformed, needs what the model or its tokenizer does not have, or its chat template refuses the messages.</exception>
    public int CountPromptTokens(TextRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        TextRequestRules.Check(request, Tokenizer);
        return _prompts.Write(request).Tokens.Count;
    }

    /// <summary>Validates a request and queues it. The stream must be read or disposed.</summary>
    /// <exception cref="InvalidRequestException">The request is malformed, needs what the model or its tokenizer does not have, or its chat template refuses the messages.</exception>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered.</exception>
    /// <exception cref="ObjectDisposedException">The engine has stopped.</exception>
    public TextStream Start(TextRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        TextRequestRules.Check(request, Tokenizer);
        WrittenPrompt prompt = _prompts.Write(request);
        TokenStream stream = Engine.Submit(new Request
        {
            PromptTokens = prompt.Tokens,
            Adapter = request.Adapter,
            MaxNewTokens = request.MaxNewTokens,
            Sampling = request.Sampling,
            StopTokens = request.IgnoreEos || prompt.StopTokens.Count == 0 ? request.StopTokens : [.. request.StopTokens, .. prompt.StopTokens],
            IgnoreEos = request.IgnoreEos,
            Logprobs = request.Logprobs,
        });
        return new TextStream(stream, request.Adapter, Tokenizer is null ? null : new TokenDecoder(Tokenizer, prompt.AnswerStartsText), new StopMatcher([.. request.Stop, .. prompt.Stop]));
    }
}
