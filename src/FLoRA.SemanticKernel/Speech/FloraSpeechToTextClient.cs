using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using FLoRA.Inference.Speech;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace FLoRA.SemanticKernel;

/// <summary>
/// A local speech model (Whisper) with many adapters as a speech-to-text client. The adapter of a call: <c>AdditionalProperties["adapter_id"]</c>, or
/// <see cref="SpeechToTextOptions.ModelId"/> where it is an adapter's name, else that of the calling kernel function, else of the language
/// (<see cref="FloraSpeechOptions.LanguageAdapters"/>), else the default one. Streaming is the only path; a full response is a fold of it.
/// </summary>
/// <remarks>
/// Thread-safe; concurrent calls share batches. The model is loaded by the first call. Recordings are told by their first bytes: WAV, FLAC, MP3, Ogg Vorbis, others by
/// ffmpeg where it is installed. The caller's stream is read to its end and not closed. A client from a container does not own the engine, the container does; disposing it is
/// harmless. <see cref="SpeechToTextOptions.TextLanguage"/> is the language that is spoken, or English, into which is translated; another one throws
/// <see cref="NotSupportedException"/>. <see cref="SpeechToTextOptions.SpeechSampleRate"/> must be that of the recording, which carries its own. <see cref="SpeechToTextOptions.RawRepresentationFactory"/> (made for
/// other clients) is without effect.
/// </remarks>
[Experimental("MEAI001")]
public sealed class FloraSpeechToTextClient : ISpeechToTextClient
{
    internal const string SpanName = "generate_content";

    private readonly IDisposable? _owned;
    private readonly SpeechToTextClientMetadata _metadata;

    /// <summary>A client with an engine of its own, loaded by the first call and disposed with the client.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">Lists everything that is wrong with the options.</exception>
    /// <param name="options">What the engine is loaded from.</param>
    /// <param name="loggers">Where the engine's life and the calls are logged; null: nowhere.</param>
    public FloraSpeechToTextClient(FloraSpeechOptions options, ILoggerFactory? loggers = null)
        : this(OwnRuntime(options, loggers))
    {
        _owned = Pipeline.Runtime.Host;
    }

    internal FloraSpeechToTextClient(SpeechRuntime runtime)
    {
        Pipeline = new SpeechPipeline(runtime);
        _metadata = new SpeechToTextClientMetadata("flora", null, runtime.ModelId);
        Traced = new TracedSpeech(this);
    }

    internal SpeechPipeline Pipeline { get; }

    /// <summary>The calls of Semantic Kernel's services.</summary>
    internal TracedSpeech Traced { get; }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">An option is not supported; names it.</exception>
    /// <exception cref="Inference.AdapterNotFoundException">No adapter of that name is registered; nothing was computed.</exception>
    /// <exception cref="Inference.InvalidRequestException">The options are wrong, such as by a language that the model does not know; nothing was computed.</exception>
    /// <exception cref="Inference.AudioFormatException">The stream holds no recording that can be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the engine drops the recording within one step.</exception>
    public async Task<SpeechToTextResponse> GetTextAsync(Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingTextAsync(audioSpeechStream, options, cancellationToken).ToSpeechToTextResponseAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    /// <remarks>An update per segment, with new text alone and its times, and a last one with usage and metadata. Throws as <see cref="GetTextAsync"/>, what the options alone tell at once, the rest with the first update.</remarks>
    public IAsyncEnumerable<SpeechToTextResponseUpdate> GetStreamingTextAsync(Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(audioSpeechStream);
        SpeechCall call = Pipeline.Runtime.Call(SpeechToTextOptionsReader.Read(options));
        return UpdatesAsync(Pipeline.StreamAsync(call, audioSpeechStream, CallActivity.Capture(SpanName), cancellationToken), cancellationToken);
    }

    /// <summary>Gives this client, its <see cref="SpeechToTextClientMetadata"/>, and the <see cref="Inference.Engine"/> and <see cref="SpeechTranscriber"/> (loading them).</summary>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
            return null;
        if (serviceType.IsInstanceOfType(this))
            return this;
        if (serviceType == typeof(SpeechToTextClientMetadata))
            return _metadata;
        if (serviceType == typeof(FloraAdapters))
            return Adapters;
        if (serviceType == typeof(Inference.Engine))
            return Pipeline.Runtime.Get().Engine.Engine;
        return serviceType == typeof(SpeechTranscriber) ? Pipeline.Runtime.Get().Speech : null;
    }

    /// <summary>Its adapters while it serves.</summary>
    public FloraAdapters Adapters => new(Pipeline.Runtime.Host);

    /// <summary>Disposes the engine, if it is the client's own. Harmless when repeated.</summary>
    public void Dispose()
    {
        Traced.Dispose();
        if (_owned is null)
            return;
        Pipeline.Runtime.Dispose();
        _owned.Dispose();
    }

    private static async IAsyncEnumerable<SpeechToTextResponseUpdate> UpdatesAsync(IAsyncEnumerable<SpeechPart> parts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string id = $"flora-{Guid.NewGuid():N}";
        await foreach (SpeechPart part in parts.WithCancellation(cancellationToken).ConfigureAwait(false))
            yield return part.End is { } end ? Last(id, part, end) : Update(id, part);
    }

    private static SpeechToTextResponseUpdate Update(string id, SpeechPart part) => new(part.Text)
    {
        Kind = SpeechToTextResponseUpdateKind.TextUpdated,
        ResponseId = id,
        ModelId = part.ModelId,
        StartTime = TimeSpan.FromSeconds(part.Segment!.StartSeconds),
        EndTime = TimeSpan.FromSeconds(part.Segment.EndSeconds),
        RawRepresentation = part.Segment,
        AdditionalProperties = new(SpeechMetadata.Of(part)),
    };

    private static SpeechToTextResponseUpdate Last(string id, SpeechPart part, SpeechEnd end) => new([new UsageContent(end.Usage)])
    {
        Kind = SpeechToTextResponseUpdateKind.SessionClose,
        ResponseId = id,
        ModelId = part.ModelId,
        RawRepresentation = end.Transcript,
        AdditionalProperties = new(SpeechMetadata.Of(part)) { [FloraKeys.AdapterId] = part.AdapterId },
    };

    private static SpeechRuntime OwnRuntime(FloraSpeechOptions options, ILoggerFactory? loggers)
    {
        ArgumentNullException.ThrowIfNull(options);
        EngineOptionsValidator<FloraSpeechOptions>.ThrowIfInvalid(options);
        options = options.Copy();
        TimeProvider time = TimeProvider.System;
        var host = new EngineHost(EnginePlan.Merge([("", options)]), new EngineLoader(), options.Restart, time, loggers?.CreateLogger<EngineHost>());
        return new SpeechRuntime(options, host, FloraResilience.Build(options.Resilience, time), time, null, loggers?.CreateLogger<FloraSpeechToTextClient>());
    }
}
