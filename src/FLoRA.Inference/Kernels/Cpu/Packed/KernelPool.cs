using System.Runtime.ExceptionServices;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>
/// The engine thread's helpers for kernels of our own. They wait for the next piece of work spinning for some tens of microseconds, about as long as a step's sampling takes, then
/// asleep. One thread calls, and does not wait for helpers that hold no item. Made without helpers.
/// </summary>
internal sealed class KernelPool : IDisposable
{
    private const int SpinRounds = 600;

    private readonly KernelTeam _team = new();
    private readonly List<Helper> _helpers = [];
    private volatile ExceptionDispatchInfo? _failure;

    /// <summary>Starts threads until there are as many, the caller among them.</summary>
    public void Ensure(int threads)
    {
        while (_helpers.Count < threads - 1)
        {
            _team.Add();
            _helpers.Add(new Helper(this, _helpers.Count + 1));
        }
    }

    /// <summary>Does the work with <paramref name="threads"/> threads, the calling one among them.</summary>
    /// <param name="work">The work.</param>
    /// <param name="threads">Threads; see <see cref="Ensure"/>.</param>
    /// <exception cref="Exception">What one of them threw.</exception>
    public void Run(ITeamWork work, int threads)
    {
        var assignment = new Assignment(work, _team.Begin());
        for (int h = 0; h < threads - 1; h++)
            _helpers[h].Start(assignment);
        Do(assignment, 0);
        if (_failure is null)
        {
            _team.End();
            return;
        }

        for (int h = 0; h < threads - 1; h++)
            _helpers[h].WaitUntilIdle();
        ExceptionDispatchInfo failure = _failure;
        _failure = null;
        failure.Throw();
    }

    public void Dispose()
    {
        foreach (Helper helper in _helpers)
            helper.Dispose();
        _helpers.Clear();
    }

    private void Do(Assignment assignment, int worker)
    {
        try
        {
            _team.Enter(worker, assignment.FirstLoop);
            assignment.Work.Run(worker, _team);
        }
        catch (Exception) when (worker > 0 && !_team.Holds(worker))
        {
            // Came late, or failed outside of items, where the caller's thread fails too: no item is lost.
        }
        catch (Exception exception)
        {
            if (exception is not OperationCanceledException || _failure is null)
                _failure = ExceptionDispatchInfo.Capture(exception);
            _team.Break();
        }
    }

    private sealed class Assignment(ITeamWork work, ulong firstLoop)
    {
        public ITeamWork Work { get; } = work;

        public ulong FirstLoop { get; } = firstLoop;
    }

    private sealed class Helper : IDisposable
    {
        private readonly KernelPool _pool;
        private readonly int _worker;
        private readonly Thread _thread;
        private readonly SemaphoreSlim _wake = new(0);
        private Assignment? _given, _taken;
        private volatile bool _isAsleep, _isIdle = true, _ends;

        public Helper(KernelPool pool, int worker)
        {
            _pool = pool;
            _worker = worker;
            _thread = new Thread(Loop) { IsBackground = true, Name = $"FLoRA kernels {worker}" };
            _thread.Start();
        }

        public void Start(Assignment assignment)
        {
            Interlocked.Exchange(ref _given, assignment); // a full fence: the helper sees it, or we see that it sleeps
            if (_isAsleep)
                _wake.Release();
        }

        public void WaitUntilIdle()
        {
            var spinner = default(SpinWait);
            // In this order: who has taken the work has said before that it is no longer idle.
            while (Volatile.Read(ref _taken) != Volatile.Read(ref _given) || !_isIdle)
                spinner.SpinOnce();
        }

        public void Dispose()
        {
            _ends = true;
            _wake.Release();
            _thread.Join();
            _wake.Dispose();
        }

        private void Loop()
        {
            while (WaitForWork() is { } assignment)
            {
                _isIdle = false;
                Volatile.Write(ref _taken, assignment);
                _pool.Do(assignment, _worker);
                _isIdle = true;
            }
        }

        private Assignment? WaitForWork()
        {
            for (int round = 0; round < SpinRounds; round++)
            {
                if (_ends)
                    return null;
                if (Volatile.Read(ref _given) is { } given && given != _taken)
                    return given;
                Thread.SpinWait(1);
            }

            _isAsleep = true;
            Interlocked.MemoryBarrier();
            while (Volatile.Read(ref _given) == _taken && !_ends)
                _wake.Wait();
            _isAsleep = false;
            return _ends ? null : Volatile.Read(ref _given);
        }
    }
}
