using System.Collections.Concurrent;
using FLoRA.Inference.Text.Tokenization;

namespace FLoRA.Inference.Text;

/// <summary>Turns the prompt of a checked request into token ids. Thread-safe.</summary>
internal sealed class PromptWriter
{
    private readonly Tokenizer? _tokenizer;
    private readonly Lazy<ChatFormat> _chat;
    private readonly ConcurrentDictionary<string, TurnEnd> _turnEnds = new(StringComparer.Ordinal);
    private readonly InfillWriter? _infill;

    /// <param name="tokenizer">Null: prompts are token ids.</param>
    /// <param name="chat">Null: the model's own template, else <see cref="ChatFormat.Plain"/>.</param>
    /// <param name="infill">How a gap is written; null: found in the tokenizer.</param>
    /// <param name="time">The clock of templates.</param>
    public PromptWriter(Tokenizer? tokenizer, ChatFormat? chat, InfillForm? infill, TimeProvider time)
    {
        _tokenizer = tokenizer;
        _infill = tokenizer is null ? null : new InfillWriter(tokenizer, infill);
        // A template that cannot be read is no reason to refuse a model that is asked for text.
        _chat = new Lazy<ChatFormat>(() => chat ?? (tokenizer?.ChatTemplate is { } source ? new ChatFormat(ChatTemplate.Parse(source, tokenizer.SpecialTokens, time, tokenizer.ChatTemplates)) : ChatFormat.Plain));
    }

    /// <summary>How conversations are written.</summary>
    /// <exception cref="InvalidRequestException">The model's own template cannot be read.</exception>
    public ChatFormat Chat
    {
        get
        {
            try
            {
                return _chat.Value;
            }
            catch (FormatException e)
            {
                throw new InvalidRequestException($"The model's {e.Message}. Give the written-out conversation as Prompt, or a ChatFormat of your own.");
            }
        }
    }

    /// <summary>Whether the tokenizer has what a request with a suffix needs.</summary>
    public bool CanFillInTheMiddle => _infill?.CanWrite ?? false;

    /// <summary>Ids of the prompt, and what its form asks for.</summary>
    /// <exception cref="InvalidRequestException">The model cannot fill in the middle, the template refuses the conversation, or the prompt gives no token.</exception>
    public WrittenPrompt Write(TextRequest request)
    {
        if (request.PromptTokens is { } tokens)
            return new WrittenPrompt([.. tokens]);
        if (_tokenizer is null || _infill is null)
            throw new InvalidOperationException("A request in text reached a model without a tokenizer unchecked.");
        if (request.Messages is { } turns)
            return WriteChat(_tokenizer, turns, request.Template);
        if (request.Suffix is { } suffix)
        {
            (List<int> gap, IReadOnlyList<int> ends) = _infill.Write(request.Prompt!, suffix, request.InfillForm);
            return new WrittenPrompt(Begin(_tokenizer, gap)) { StopTokens = ends };
        }

        return new WrittenPrompt(Begin(_tokenizer, _tokenizer.Encode(request.Prompt!)));
    }

    private WrittenPrompt WriteChat(Tokenizer tokenizer, IReadOnlyList<ChatTurn> turns, TemplateOptions? options)
    {
        ChatFormat format = Chat;
        if (format.Template is not { } template)
        {
            string text = format.Write(turns, options);
            IReadOnlyList<int> tokens = format.RecognisesSpecialTokens ? tokenizer.Encode(text) : tokenizer.EncodePlain(text);
            return new WrittenPrompt(Begin(tokenizer, tokens)) { Stop = format.Stop, AnswerStartsText = true };
        }

        HiddenTokens hidden = new(tokenizer, turns.Select(turn => turn.Content));
        IReadOnlyList<int> written = tokenizer.EncodeAround(hidden, format.Write([.. turns.Select(turn => turn with { Content = hidden.Hide(turn.Content) })], options));
        if (written.Count == 0)
            throw new InvalidRequestException("The model's chat template writes nothing for this conversation.");
        TurnEnd end = _turnEnds.GetOrAdd(options?.Name ?? "", _ => TurnEnd.Of(template, tokenizer, options?.Name));
        return new WrittenPrompt(written) { StopTokens = end.Tokens, Stop = end.Stop, AnswerStartsText = true };
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
