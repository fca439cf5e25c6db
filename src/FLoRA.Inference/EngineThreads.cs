using FLoRA.Inference.Execution;

namespace FLoRA.Inference;

/// <summary>
/// Engines that are loaded with the same object (<see cref="EngineOptions.SharedThreads"/>) share one engine thread per device, such as a text and a speech
/// model: they are stepped in turn by what they cost and do not fight for the machine's threads. Loading one of them holds up the others. The thread ends with
/// the last of its engines. Thread-safe.
/// </summary>
public sealed class EngineThreads
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (EngineThread Thread, int Engines)> _threads = new(StringComparer.Ordinal);

    /// <summary>The thread of a device, for one more engine.</summary>
    internal EngineThread Acquire(string device)
    {
        lock (_lock)
        {
            (EngineThread thread, int engines) = _threads.TryGetValue(device, out var known) ? known : (new EngineThread($"FLoRA engine ({device})"), 0);
            _threads[device] = (thread, engines + 1);
            return thread;
        }
    }

    /// <summary>One engine less; the last one ends the thread.</summary>
    internal void Release(string device)
    {
        EngineThread? last = null;
        lock (_lock)
        {
            (EngineThread thread, int engines) = _threads[device];
            if (engines > 1)
            {
                _threads[device] = (thread, engines - 1);
            }
            else
            {
                _threads.Remove(device);
                last = thread;
            }
        }

        last?.Dispose();
    }
}
