using System.Collections.Concurrent;
using FLoRA.Inference.Kernels.Cpu;

namespace FLoRA.Inference.Execution;

/// <summary>What an engine thread steps.</summary>
internal interface ISteppable
{
    /// <summary>Does one step if there is work; false: idle.</summary>
    bool Step();

    /// <summary>Multiplications of the last step, a share for its fixed cost included: what its turn cost the others. At least 1.</summary>
    long StepCost { get; }
}

/// <summary>
/// The one thread of a device. It owns every tensor: tensors are made, used and disposed here only (TorchSharp's scopes are
/// thread-static, and libgomp keeps a team of workers per calling thread). Models on it are stepped in turn: next is always the one that
/// has cost least so far (rows of different models, and positions of an encoder, are not of one size: their multiplications are), so neither speech
/// nor text waits for more than a step of the other.
/// </summary>
internal sealed class EngineThread : IDisposable
{
    private static readonly TimeSpan ExitPatience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentQueue<(Action Run, Action? Abandon)> _posted = new();
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly List<Turn> _turns = [];
    private readonly Thread _thread;
    private IDisposable? _inferenceMode;
    private volatile bool _stopping, _ended;

    public EngineThread(string name)
    {
        // A process that ends while this thread is inside libtorch would run libtorch's static destructors under it.
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        _stopping = Environment.HasShutdownStarted; // then nobody calls the handler any more
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>True on the engine thread itself.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>True: the thread is to end soon, or the process ends; long work gives up.</summary>
    public bool IsStopping => _stopping || Environment.HasShutdownStarted;

    /// <summary>Runs <paramref name="action"/> between two steps; not at all when the thread has ended. It must not throw.</summary>
    public void Post(Action action) => Post(action, null);

    /// <summary>Runs <paramref name="function"/> between two steps and gives back its result or exception.</summary>
    /// <exception cref="ObjectDisposedException">The thread has ended.</exception>
    public Task<T> InvokeAsync<T>(Func<T> function)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Run()
        {
            try
            {
                completion.SetResult(function());
            }
            catch (Exception exception)
            {
                completion.SetException(exception);
            }
        }

        Post(Run, () => completion.TrySetException(new ObjectDisposedException(nameof(EngineThread), "The engine has stopped.")));
        return completion.Task;
    }

    /// <summary>Steps <paramref name="steppable"/> from now on. Engine thread only.</summary>
    public void Add(ISteppable steppable) => _turns.Add(new Turn(steppable) { Cost = _turns.Count == 0 ? 0 : _turns.Max(t => t.Cost) });

    /// <summary>Stops stepping it. Engine thread only.</summary>
    public void Remove(ISteppable steppable) => _turns.RemoveAll(t => t.Steppable == steppable);

    /// <summary>Switches gradients off on this thread, for as long as it lives. Engine thread only.</summary>
    public void EnterInferenceMode() => _inferenceMode ??= TorchSharp.torch.inference_mode();

    /// <summary>libtorch's number of threads as this thread has set it; shared by the models on it.</summary>
    public ThreadSetting KernelThreads { get; } = new();

    /// <summary>Runs what was posted, then ends the thread.</summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        _stopping = true;
        _wake.Set();
        if (IsCurrent)
            return;
        _thread.Join();
    }

    private void OnProcessExit(object? sender, EventArgs e)
    {
        _stopping = true;
        _wake.Set();
        _thread.Join(ExitPatience);
    }

    private void Post(Action run, Action? abandon)
    {
        _posted.Enqueue((run, abandon));
        if (_ended)
            AbandonPosted();
        else
            _wake.Set();
    }

    private void Run()
    {
        while (true)
        {
            while (_posted.TryDequeue(out (Action Run, Action? Abandon) posted))
                posted.Run();
            if (_stopping)
                break;
            if (!StepNext() && _posted.IsEmpty)
                _wake.WaitOne();
        }

        _inferenceMode?.Dispose();
        KernelThreads.Dispose();
        _ended = true;
        AbandonPosted();
    }

    /// <summary>One step of the model that has cost least and has work. Who idles saves nothing up.</summary>
    private bool StepNext()
    {
        SortByCost();
        for (int i = 0; i < _turns.Count; i++)
        {
            Turn turn = _turns[i];
            if (!turn.Steppable.Step())
                continue;
            turn.Cost += turn.Steppable.StepCost;
            for (int idle = 0; idle < i; idle++)
                _turns[idle].Cost = Math.Max(_turns[idle].Cost, turn.Cost);
            return true;
        }

        return false;
    }

    /// <summary>Insertion: few turns, nearly sorted, and equal ones keep their order.</summary>
    private void SortByCost()
    {
        for (int i = 1; i < _turns.Count; i++)
        {
            for (int j = i; j > 0 && _turns[j - 1].Cost > _turns[j].Cost; j--)
                (_turns[j - 1], _turns[j]) = (_turns[j], _turns[j - 1]);
        }
    }

    private void AbandonPosted()
    {
        while (_posted.TryDequeue(out (Action Run, Action? Abandon) posted))
            posted.Abandon?.Invoke();
    }

    private sealed class Turn(ISteppable steppable)
    {
        public ISteppable Steppable { get; } = steppable;

        public long Cost { get; set; }
    }
}
