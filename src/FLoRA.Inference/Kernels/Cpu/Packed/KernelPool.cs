using System.Runtime.ExceptionServices;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>Work that several threads do together, in phases with barriers between them.</summary>
internal interface ITeamWork
{
    /// <summary>One thread's part of all phases. Every thread of the team passes the same barriers.</summary>
    /// <param name="worker">Which thread, from 0; 0 is the one that called.</param>
    /// <param name="team">All of them.</param>
    void Run(int worker, KernelTeam team);
}

/// <summary>The threads that do one <see cref="ITeamWork"/>.</summary>
internal sealed class KernelTeam
{
    /// <summary>Rounds of waiting without giving the processor away: a phase takes microseconds.</summary>
    private const int SpinRounds = 2000;

    private int _arrived, _phase;
    private volatile bool _broken;

    /// <summary>Threads.</summary>
    public int Count { get; private set; } = 1;

    /// <summary>Waits until all have come this far.</summary>
    /// <exception cref="OperationCanceledException">Another thread failed and will not come.</exception>
    public void Barrier()
    {
        if (Count == 1)
            return;
        int phase = Volatile.Read(ref _phase);
        if (Interlocked.Increment(ref _arrived) == Count)
        {
            _arrived = 0;
            Volatile.Write(ref _phase, phase + 1);
            return;
        }

        for (int round = 0; Volatile.Read(ref _phase) == phase; round++)
        {
            if (_broken)
                throw new OperationCanceledException("Another kernel thread failed.");
            if (round < SpinRounds)
                Thread.SpinWait(1);
            else
                Thread.Yield();
        }
    }

    /// <summary>A worker's share of <paramref name="count"/> items: begin and end.</summary>
    public (int Begin, int End) Share(int count, int worker) =>
        ((int)((long)count * worker / Count), (int)((long)count * (worker + 1) / Count));

    internal void Begin(int count)
    {
        Count = count;
        _arrived = 0;
        _broken = false;
    }

    internal void Break() => _broken = true;
}

/// <summary>
/// The engine thread's helpers for kernels of our own. They wait for the next piece of work spinning for some tens of microseconds, about as long as a step's sampling takes, then
/// asleep. One thread calls. The last threads end with the pool.
/// </summary>
internal sealed class KernelPool : IDisposable
{
    private const int SpinRounds = 600;

    private readonly KernelTeam _team = new();
    private readonly List<Helper> _helpers = [];
    private volatile ITeamWork? _work;
    private volatile bool _ends;
    private volatile ExceptionDispatchInfo? _failure;
    private int _pending;

    /// <summary>Starts threads until there are as many, the caller among them.</summary>
    public void Ensure(int threads)
    {
        while (_helpers.Count < threads - 1)
            _helpers.Add(new Helper(this, _helpers.Count + 1));
    }

    /// <summary>Does the work with <paramref name="threads"/> threads, the calling one among them.</summary>
    /// <param name="work">The work.</param>
    /// <param name="threads">Threads; see <see cref="Ensure"/>.</param>
    /// <exception cref="Exception">What one of them threw.</exception>
    public void Run(ITeamWork work, int threads)
    {
        _team.Begin(threads);
        _failure = null;
        _pending = threads - 1;
        _work = work;
        for (int h = 0; h < threads - 1; h++)
            _helpers[h].Start();
        Do(0);
        var spinner = default(SpinWait);
        for (int round = 0; Volatile.Read(ref _pending) > 0; round++)
        {
            if (round < SpinRounds)
                Thread.SpinWait(1);
            else
                spinner.SpinOnce();
        }

        _work = null;
        _failure?.Throw();
    }

    public void Dispose()
    {
        _ends = true;
        foreach (Helper helper in _helpers)
            helper.Dispose();
    }

    private void Do(int worker)
    {
        try
        {
            _work!.Run(worker, _team);
        }
        catch (Exception exception)
        {
            if (exception is not OperationCanceledException || _failure is null)
                _failure = ExceptionDispatchInfo.Capture(exception);
            _team.Break();
        }
    }

    private sealed class Helper : IDisposable
    {
        private readonly KernelPool _pool;
        private readonly int _worker;
        private readonly Thread _thread;
        private readonly SemaphoreSlim _wake = new(0);
        private int _started, _done;
        private volatile bool _sleeps;

        public Helper(KernelPool pool, int worker)
        {
            _pool = pool;
            _worker = worker;
            _thread = new Thread(Loop) { IsBackground = true, Name = $"FLoRA kernels {worker}" };
            _thread.Start();
        }

        public void Start()
        {
            Interlocked.Increment(ref _started); // a full fence: the helper sees it, or we see that it sleeps
            if (_sleeps)
                _wake.Release();
        }

        public void Dispose()
        {
            _wake.Release();
            _thread.Join();
            _wake.Dispose();
        }

        private void Loop()
        {
            while (true)
            {
                if (!WaitForWork())
                    return;
                _done++;
                _pool.Do(_worker);
                Interlocked.Decrement(ref _pool._pending);
            }
        }

        private bool WaitForWork()
        {
            for (int round = 0; round < SpinRounds; round++)
            {
                if (Volatile.Read(ref _started) != _done)
                    return true;
                if (_pool._ends)
                    return false;
                Thread.SpinWait(1);
            }

            _sleeps = true;
            Interlocked.MemoryBarrier();
            while (Volatile.Read(ref _started) == _done && !_pool._ends)
                _wake.Wait();
            _sleeps = false;
            return !_pool._ends;
        }
    }
}
