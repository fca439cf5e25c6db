using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel;

/// <summary>
/// The engine as tools of another model: an agent or a cloud model asks what adapters there are, and has code completed by
/// them. For Semantic Kernel <c>builder.Plugins.AddFromType&lt;FloraPlugin&gt;("Flora")</c>, for Microsoft.Extensions.AI and
/// Agent Framework <see cref="AsAIFunctions"/>.
/// </summary>
/// <remarks>
/// Thread-safe; calls that arrive together share batches. Results are plain strings. Whatever goes wrong comes back as a text that
/// begins with "Error:" and says what to do; only the caller's own cancellation throws. Answers are greedy, so they repeat
/// themselves exactly, unless a temperature is given. Descriptions in adapters' cards reach the calling model: register only
/// adapters whose makers you trust.
/// </remarks>
/// <param name="client">The engine's client: from the container without a key, or that of a service id.</param>
/// <param name="speech">A speech model's; null: there is none.</param>
#pragma warning disable MEAI001 // The speech client is experimental.
[SuppressMessage("Naming", "CA1707", Justification = "The parameters' names are those that the calling model sees.")]
public sealed class FloraPlugin(FloraChatClient client, FloraSpeechToTextClient? speech = null)
{
    private const string LanguageText = "Programming language, for example \"lua\", \"rust\" or \"c++\". list_adapters says which there are.";
    private const string MaxTokensText = "Most tokens to produce, 1 or more, for example 64. Leave out for 256, or for what fits if that is less.";
    private const string AdapterText = "Name of an adapter from list_adapters, for example \"lua-flora-r4\", or \"base\". Leave out to choose by language.";
    private const string StopText = "Texts that end the answer and are not part of it, for example [\"\\n\\n\"]. Leave out for none.";
    private const string CodeResultText = "Only the new code. Begins with \"Error:\" if the call failed. A last line in [brackets] is not code: it says that the answer was cut off.";

    private readonly FloraSpeechPlugin? _speech = FloraSpeechPlugin.Of(speech);
    private readonly FloraChatClient _client = client ?? throw new ArgumentNullException(nameof(client));

    /// <summary>What there is to choose from, one line each.</summary>
    /// <param name="language">Only those for this language; null or empty: all.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    [KernelFunction("list_adapters")]
    [Description("Lists the adapters, which are specialised small models, that complete_code, infill_code and generate_text can use. Call it when you do not know which languages or adapters there are.")]
    [return: Description("One line each: name | description | languages | kind. Begins with \"Error:\" if the call failed.")]
    public Task<string> ListAdaptersAsync(
        [Description("Only those for this language, for example \"lua\". Leave out for all.")] string? language = null,
        CancellationToken cancellationToken = default) =>
        GuardAsync(catalog => Task.FromResult(catalog.Describe(language)), cancellationToken);

    /// <summary>Goes on from code.</summary>
    /// <param name="language">Chooses the adapter, where none is named.</param>
    /// <param name="code">The code so far.</param>
    /// <param name="max_tokens">Most tokens to produce; null: 256, or what fits.</param>
    /// <param name="stop">Texts that end the answer.</param>
    /// <param name="adapter">Name of an adapter, or "base".</param>
    /// <param name="cancellationToken">Cancels the call; the engine drops it within one step.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    [KernelFunction("complete_code")]
    [Description("Goes on from code, with a model that is specialised on the language. Use it to write the body of a function, or the next lines.")]
    [return: Description(CodeResultText)]
    public Task<string> CompleteCodeAsync(
        [Description(LanguageText)] string language,
        [Description("The code up to the place where it goes on; the model sees nothing else. Begin with a comment that says what to do, for example \"-- Cap qty at 6.\\nlocal function cap(qty)\\n\".")] string code,
        [Description(MaxTokensText)] int? max_tokens = null,
        [Description(StopText)] IReadOnlyList<string>? stop = null,
        [Description(AdapterText)] string? adapter = null,
        CancellationToken cancellationToken = default) =>
        GuardAsync(
            catalog => new ToolCall("complete_code", nameof(code), code ?? "") { MaxTokens = max_tokens, Stop = stop }.AskAsync(_client, catalog.Choose(language, adapter), cancellationToken),
            cancellationToken);

    /// <summary>Fills a gap in code.</summary>
    /// <param name="language">Chooses the adapter, where none is named.</param>
    /// <param name="before">The code before the gap.</param>
    /// <param name="after">The code after the gap.</param>
    /// <param name="max_tokens">Most tokens to produce; null: 256, or what fits.</param>
    /// <param name="adapter">Name of an adapter, or "base".</param>
    /// <param name="cancellationToken">Cancels the call; the engine drops it within one step.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    [KernelFunction("infill_code")]
    [Description("Fills a gap in code, with a model that is specialised on the language. Use it where code follows the place to write; otherwise use complete_code.")]
    [return: Description(CodeResultText)]
    public Task<string> InfillCodeAsync(
        [Description(LanguageText)] string language,
        [Description("The code before the gap, for example \"local function cap(qty)\\n\".")] string before,
        [Description("The code after the gap, for example \"\\nend\\n\".")] string after,
        [Description(MaxTokensText)] int? max_tokens = null,
        [Description(AdapterText)] string? adapter = null,
        CancellationToken cancellationToken = default) =>
        GuardAsync(
            catalog => new ToolCall("infill_code", nameof(before), before ?? "") { Suffix = after ?? "", MaxTokens = max_tokens }.AskAsync(_client, catalog.Choose(language, adapter), cancellationToken),
            cancellationToken);

    /// <summary>Goes on from any text.</summary>
    /// <param name="adapter">Name of an adapter; "" or "base": the base model.</param>
    /// <param name="prompt">The text so far.</param>
    /// <param name="max_tokens">Most tokens to produce; null: 256, or what fits.</param>
    /// <param name="temperature">0 or null: greedy.</param>
    /// <param name="stop">Texts that end the answer.</param>
    /// <param name="cancellationToken">Cancels the call; the engine drops it within one step.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    [KernelFunction("generate_text")]
    [Description("Goes on from a text with the adapter that you name. It continues raw text and does not follow instructions; for code prefer complete_code.")]
    [return: Description("Only the new text. Begins with \"Error:\" if the call failed. A last line in [brackets] is not part of it: it says that the answer was cut off.")]
    public Task<string> GenerateTextAsync(
        [Description("Name of an adapter from list_adapters, for example \"lua-flora-r4\"; \"base\" for the base model.")] string adapter,
        [Description("The text so far, for example \"Once upon a time\".")] string prompt,
        [Description(MaxTokensText)] int? max_tokens = null,
        [Description("0 for the most likely text, up to 2 for more variety, for example 0.7. Leave out for 0.")] double? temperature = null,
        [Description(StopText)] IReadOnlyList<string>? stop = null,
        CancellationToken cancellationToken = default) =>
        GuardAsync(
            catalog => new ToolCall("generate_text", nameof(prompt), prompt ?? "") { MaxTokens = max_tokens, Temperature = temperature, Stop = stop }.AskAsync(_client, catalog.Named(adapter), cancellationToken),
            cancellationToken);

    /// <summary>
    /// The same four functions, and <see cref="FloraSpeechPlugin"/>'s transcribe where there is a speech model with a folder of recordings, for <see cref="ChatOptions.Tools"/> and for the tools of an agent, without a kernel. Their results are
    /// strings; those of a kernel's functions would be JSON there, which clients send with the line breaks and quotes of code escaped.
    /// </summary>
    public IReadOnlyList<AIFunction> AsAIFunctions() =>
    [
        new ToolFunction(ListAdaptersAsync, "list_adapters"),
        new ToolFunction(CompleteCodeAsync, "complete_code"),
        new ToolFunction(InfillCodeAsync, "infill_code"),
        new ToolFunction(GenerateTextAsync, "generate_text"),
        .. _speech?.AsAIFunctions() ?? [],
    ];

    private Task<string> GuardAsync(Func<AdapterCatalog, Task<string>> call, CancellationToken cancellationToken) => ToolError.GuardAsync(
        async () =>
        {
            LoadedModel model = await _client.Pipeline.Runtime.GetAsync(cancellationToken).ConfigureAwait(false);
            return await call(new AdapterCatalog(model.Model, model.Adapters, _client.Pipeline.Runtime.Options.RequireAdapter)).ConfigureAwait(false);
        },
        cancellationToken);
}
#pragma warning restore MEAI001
