using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel;

/// <summary>
/// A speech model as a tool of another model, which may have the recordings below one folder (<see cref="FloraSpeechOptions.TranscribeFolder"/>) transcribed. For Semantic Kernel
/// <c>builder.Plugins.AddFromType&lt;FloraSpeechPlugin&gt;("FloraSpeech")</c>; among the tools of <see cref="FloraPlugin.AsAIFunctions"/> it is wherever the folder is set.
/// </summary>
/// <remarks>Thread-safe; calls that arrive together share batches. Results and errors are texts, as those of <see cref="FloraPlugin"/>.</remarks>
[Experimental("MEAI001")]
public sealed class FloraSpeechPlugin
{
    private readonly FloraSpeechToTextClient _client;
    private readonly AllowedFolder _folder;

    /// <param name="client">The engine's client: from the container without a key, or that of a service id.</param>
    /// <exception cref="InvalidOperationException">There is no folder that the tool may read: it is not to be offered.</exception>
    public FloraSpeechPlugin(FloraSpeechToTextClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        _client = client;
        _folder = new AllowedFolder(_client.Pipeline.Runtime.Options.TranscribeFolder
            ?? throw new InvalidOperationException($"{nameof(FloraSpeechOptions.TranscribeFolder)} is not set; without a folder of recordings there is nothing to transcribe."));
    }

    /// <summary>Transcribes a recording below the folder.</summary>
    /// <param name="path">Relative to the folder.</param>
    /// <param name="language">What is spoken; null: detected.</param>
    /// <param name="adapter">Name of an adapter; null: that of the language.</param>
    /// <param name="cancellationToken">Cancels the call; the engine drops it within one step.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    [KernelFunction("transcribe")]
    [Description("Writes down what is said in a recording, such as a WAV, FLAC or MP3 file.")]
    [return: Description("What was said. Begins with \"Error:\" if the call failed. A line in [brackets] is not part of it: it says that nothing was said.")]
    public Task<string> TranscribeAsync(
        [Description("The recording's path, relative to the folder of recordings, for example \"calls/monday.wav\". A wrong path is answered with those that there are.")] string path,
        [Description("Language that is spoken, as a code, for example \"en\", \"de\" or \"cs\". Leave out to have it detected.")] string? language = null,
        [Description("Name of an adapter, for example \"cs-flora-r4\". Leave out to choose by language.")] string? adapter = null,
        CancellationToken cancellationToken = default)
    {
        SpeechCall call = _client.Pipeline.Runtime.Call(new SpeechSettings { Language = Given(language), AdapterId = Given(adapter) }) with { ChoosesByCard = true };
        return ToolError.GuardAsync(() => ReadAsync(call, path, cancellationToken), cancellationToken);
    }

    /// <summary>The tool for <see cref="ChatOptions.Tools"/> and for the tools of an agent, without a kernel.</summary>
    public IReadOnlyList<AIFunction> AsAIFunctions() => [new ToolFunction(TranscribeAsync, "transcribe")];

    /// <summary>The tool, where there is a folder for it; null: it is not offered.</summary>
    internal static FloraSpeechPlugin? Of(FloraSpeechToTextClient? client) => client?.Pipeline.Runtime.Options.TranscribeFolder is null ? null : new FloraSpeechPlugin(client);

    private async Task<string> ReadAsync(SpeechCall call, string path, CancellationToken cancellationToken)
    {
        await using FileStream audio = _folder.Open(path);
        try
        {
            string text = (await _client.Traced.TranscribeAsync(call, audio, cancellationToken).ConfigureAwait(false)).End!.Transcript.Text;
            return text.Length > 0 ? text : "[nothing was said]";
        }
        catch (AdapterNotFoundException e)
        {
            throw new InvalidRequestException($"adapter '{e.Adapter}' does not exist. Leave it out to choose by language. Adapters: {string.Join(", ", e.Known.Order(StringComparer.Ordinal))}.");
        }
    }

    private static string? Given(string? argument) => string.IsNullOrWhiteSpace(argument) ? null : argument.Trim();
}
