namespace FLoRA.Inference;

/// <summary>A request that is malformed or can never fit; names what was expected and what came.</summary>
public sealed class InvalidRequestException(string message) : ArgumentException(message);

/// <summary>A request named an adapter that is not registered. Thrown before any compute.</summary>
public sealed class AdapterNotFoundException(string adapter, IReadOnlyCollection<string> known, string? requestedBy = null)
    : Exception($"Adapter '{adapter}'{(requestedBy is null ? "" : $", asked for by '{requestedBy}',")} is not registered. Known adapters: {List(known)}.")
{
    /// <summary>Names that a message lists at most.</summary>
    private const int ListedNames = 32;

    /// <summary>The name asked for.</summary>
    public string Adapter { get; } = adapter;

    /// <summary>The function that asked for it, where one is known.</summary>
    public string? RequestedBy { get; } = requestedBy;

    /// <summary>Names registered at that moment.</summary>
    public IReadOnlyCollection<string> Known { get; } = known;

    /// <summary>Why a name that is not registered was not found in the adapter root either; null: there is no root.</summary>
    public string? Reason { get; init; }

    /// <inheritdoc/>
    public override string Message => Reason is null ? base.Message : $"{base.Message[..^1]}; {Reason}.";

    private static string List(IReadOnlyCollection<string> known) => known.Count switch
    {
        0 => "none",
        <= ListedNames => string.Join(", ", known.Order(StringComparer.Ordinal)),
        _ => $"{string.Join(", ", known.Order(StringComparer.Ordinal).Take(ListedNames))} and {known.Count - ListedNames} more",
    };
}

/// <summary>An adapter folder was refused; lists everything that is wrong with it.</summary>
public sealed class AdapterLoadException : Exception
{
    /// <summary>Refuses <paramref name="folder"/> for the listed problems.</summary>
    public AdapterLoadException(string folder, IReadOnlyList<string> problems, Exception? inner = null)
        : base($"Adapter '{folder}' cannot be loaded: {string.Join("; ", problems)}", inner)
    {
        Folder = folder;
        Problems = problems;
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>One line per problem.</summary>
    public IReadOnlyList<string> Problems { get; }
}

/// <summary>A model folder cannot be loaded, or asks for what the engine does not do.</summary>
public sealed class ModelLoadException(string folder, string problem, Exception? inner = null)
    : Exception($"Model '{folder}' cannot be loaded: {problem}", inner);

/// <summary>A step of the engine failed; only the sequences of that step see it.</summary>
public sealed class EngineFaultException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>
    /// True: the whole step failed, as a lost device or missing memory does it, so other requests may fail alike. False: only this
    /// request did, such as by logits that are not finite.
    /// </summary>
    public bool IsDeviceFault { get; init; }
}

/// <summary>The engine's queue is full; the request was refused before any compute. Trying again later may succeed.</summary>
public sealed class EngineOverloadedException(string message, TimeSpan retryAfter) : Exception(message)
{
    /// <summary>When there should be room again, by the rate at which the queue was served lately.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}

/// <summary>
/// The engine's device was lost (<see cref="Engine.Lost"/>). The request had not begun, so it may be sent again, to an engine that was loaded anew.
/// </summary>
public sealed class EngineUnavailableException(string message, TimeSpan? retryAfter = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>When the engine should be back; null: nobody is bringing it back.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}

/// <summary>The service is shutting down: it finishes what runs and takes nothing new.</summary>
public sealed class EngineStoppingException(string message) : Exception(message);

/// <summary>libtorch cannot be loaded; one message with cause and fix.</summary>
public sealed class NativeRuntimeException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A recording cannot be read: not audio, a form that is not read here, or damaged beyond use. Names what was expected and what came.</summary>
public sealed class AudioFormatException(string message, Exception? inner = null) : Exception(message, inner);
