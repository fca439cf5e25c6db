namespace FLoRA.Inference;

/// <summary>The engine as the text layer sees it: token ids in, token ids out. All members are thread-safe.</summary>
public interface ITokenEngine
{
    /// <summary>Queues a request. Invalid requests and unknown adapters throw here, before any compute.</summary>
    /// <exception cref="AdapterNotFoundException">No adapter of that name is registered.</exception>
    /// <exception cref="InvalidRequestException">The request can never run, or is malformed.</exception>
    /// <exception cref="EngineOverloadedException">The queue is full; later it may fit.</exception>
    /// <exception cref="EngineUnavailableException">The device is lost.</exception>
    /// <exception cref="ObjectDisposedException">The engine has stopped.</exception>
    TokenStream Submit(Request request);
}
