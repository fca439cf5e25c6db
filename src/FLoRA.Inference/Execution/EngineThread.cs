using System.Collections.Concurrent;

namespace FLoRA.Inference.Execution;

/// <summary>What an engine thread steps.</summary>
internal interface ISteppable
{
    /// <summary>Does one step if there is work; false: idle.</summary>
    bool Step();
}

/// <summary>
/// The one thread of a device. It owns every tensor: tensors are made, used and disposed here only (TorchSharp's scopes are
/// thread-static, and libgomp keeps a team of workers per calling thread). Models on it are stepped in turn.
/// </summary>
internal sealed class EngineThread : IDisposable
{
    private static readonly TimeSpan ExitPatience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly List<ISteppable> _steppables = [];
    private readonly Thread _thread;
    private volatile bool _stopping;

    public EngineThread(string name)
    {
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.Start();
        // A process that ends while this thread is inside libtorch would run libtorch's static destructors under it.
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    /// <summary>True on the engine thread itself.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>Runs <paramref name="action"/> between two steps. It must not throw.</summary>
    public void Post(Action action)
    {
        _posted.Enqueue(action);
        _wake.Set();
    }

    /// <summary>Runs <paramref name="function"/> between two steps and gives back its result or exception.</summary>
    public Task<T> InvokeAsync<T>(Func<T> function)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                completion.SetResult(function());
            }
            catch (Exception exception)
            {
                completion.SetException(exception);
            }
        });
        return completion.Task;
    }

    /// <summary>Steps <paramref name="steppable"/> from now on. Engine thread only.</summary>
    public void Add(ISteppable steppable) => _steppables.Add(steppable);

    /// <summary>Stops stepping it. Engine thread only.</summary>
    public void Remove(ISteppable steppable) => _steppables.Remove(steppable);

    /// <summary>Runs what was posted, then ends the thread.</summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        _stopping = true;
        _wake.Set();
        if (IsCurrent)
            return;
        _thread.Join();
        _wake.Dispose();
    }

    private void OnProcessExit(object? sender, EventArgs e)
    {
        _stopping = true;
        _wake.Set();
        _thread.Join(ExitPatience);
    }

    private void Run()
    {
        while (true)
        {
            while (_posted.TryDequeue(out Action? action))
                action();
            if (_stopping)
                return;
            bool worked = false;
            for (int i = 0; i < _steppables.Count; i++)
                worked |= _steppables[i].Step();
            if (!worked && _posted.IsEmpty)
                _wake.WaitOne();
        }
    }
}
