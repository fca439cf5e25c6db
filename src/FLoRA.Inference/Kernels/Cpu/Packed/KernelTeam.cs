namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>Work that several threads do together, in phases: loops over items, each of which must be done before the next loop begins.</summary>
internal interface ITeamWork
{
    /// <summary>One thread's part. Every thread passes the same loops (<see cref="KernelTeam.Next(int, int, int, out int, out int)"/>) in the same order, and does between them nothing that depends on items.</summary>
    /// <param name="worker">Which thread, from 0; 0 is the one that called.</param>
    /// <param name="team">All of them.</param>
    void Run(int worker, KernelTeam team);
}

/// <summary>
/// Deals out the items of one loop after another. Whoever is free takes the next item, and a loop is over when its items are done, not when all threads have come: a thread that the system
/// has put aside holds nobody up unless it was in the midst of an item. A thread that comes late finds the loops over and runs through to where the others are, or to the end.
/// </summary>
internal sealed class KernelTeam
{
    /// <summary>Rounds of waiting without giving the processor away: an item takes microseconds.</summary>
    private const int SpinRounds = 2000;

    /// <summary>Bits of the state that count items; the others count loops, round and round.</summary>
    private const int ItemBits = 24;

    /// <summary>Most items of a loop.</summary>
    public const int MostItems = (1 << ItemBits) - 1;

    /// <summary>Loops that a piece of work has at most: the next piece's numbers begin behind them, so that a late thread never takes a loop of the next for one of its own.</summary>
    private const ulong LoopsOfWork = 1 << 14;

    private volatile Place[] _places = [new Place()];
    private ulong _state;
    private int _done;
    private volatile bool _isBroken;

    /// <summary>Threads.</summary>
    public int Count => _places.Length;

    /// <summary>The next item for a worker; false: the loop is over, for everybody.</summary>
    /// <param name="worker">Which thread.</param>
    /// <param name="count">Items of the loop, at most <see cref="MostItems"/>.</param>
    /// <param name="grain">Items that are taken at once.</param>
    /// <param name="begin">First item.</param>
    /// <param name="end">Behind the last one.</param>
    /// <exception cref="ArgumentOutOfRangeException">More items than a loop can have.</exception>
    /// <exception cref="OperationCanceledException">Another thread failed.</exception>
    public bool Next(int worker, int count, int grain, out int begin, out int end) => Next(worker, count, grain, count, out begin, out end);

    /// <summary>The same in pieces that grow smaller: a half of the worker's share of what is left, so that most of it lies side by side and all are done at the same time.</summary>
    /// <param name="worker">Which thread.</param>
    /// <param name="count">Items of the loop, at most <see cref="MostItems"/>.</param>
    /// <param name="grain">Fewest items that are taken at once.</param>
    /// <param name="begin">First item.</param>
    /// <param name="end">Behind the last one.</param>
    /// <exception cref="ArgumentOutOfRangeException">More items than a loop can have.</exception>
    /// <exception cref="OperationCanceledException">Another thread failed.</exception>
    public bool NextShare(int worker, int count, int grain, out int begin, out int end) => Next(worker, count, grain, 2 * _places.Length, out begin, out end);

    private bool Next(int worker, int count, int grain, int shares, out int begin, out int end)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MostItems);
        Place place = _places[worker];
        begin = end = 0;
        if (place.Held > 0)
        {
            int held = place.Held;
            place.Held = 0;
            if (Interlocked.Add(ref _done, held) == count)
                return Leave(place, advance: true);
        }

        for (int round = 0; ; round++)
        {
            ulong state = Volatile.Read(ref _state);
            if (state >> ItemBits != place.Loop)
                return Leave(place, advance: false);
            int next = (int)(state & MostItems);
            if (count == 0)
            {
                Interlocked.CompareExchange(ref _state, (place.Loop + 1) << ItemBits, state);
                return Leave(place, advance: false);
            }

            if (next < count)
            {
                end = Math.Min(next + Math.Max(grain, (count - next) / shares), count);
                if (Interlocked.CompareExchange(ref _state, (place.Loop << ItemBits) | (uint)end, state) != state)
                    continue;
                begin = next;
                place.Held = end - next;
                return true;
            }

            if (_isBroken)
                throw new OperationCanceledException("Another kernel thread failed.");
            if (round < SpinRounds)
                Thread.SpinWait(1);
            else
                Thread.Yield();
        }
    }

    /// <summary>Makes ready for a piece of work; the caller's thread.</summary>
    /// <returns>The number of its first loop.</returns>
    internal ulong Begin()
    {
        _done = 0;
        _isBroken = false;
        return PassOver();
    }

    /// <summary>
    /// The work is done; the caller's thread. None of its numbers comes again: it may be changed for the next time, and a late thread that
    /// finds more loops in it than there were takes nothing of them.
    /// </summary>
    internal void End() => PassOver();

    /// <summary>A worker begins with a piece of work.</summary>
    internal void Enter(int worker, ulong firstLoop)
    {
        _places[worker].Loop = firstLoop;
        _places[worker].Held = 0;
    }

    /// <summary>Whether a worker has items that are not done: until they are, the loop is not over.</summary>
    internal bool Holds(int worker) => _places[worker].Held > 0;

    /// <summary>A worker failed: nobody waits for it.</summary>
    internal void Break() => _isBroken = true;

    /// <summary>One more worker.</summary>
    internal void Add() => _places = [.. _places, new Place()];

    /// <summary>To the numbers behind those of the last work.</summary>
    private ulong PassOver()
    {
        ulong first = (((_state >> ItemBits) / LoopsOfWork) + 1) * LoopsOfWork % (1UL << (64 - ItemBits));
        Volatile.Write(ref _state, first << ItemBits);
        return first;
    }

    private bool Leave(Place place, bool advance)
    {
        place.Loop++;
        if (advance)
        {
            _done = 0;
            Volatile.Write(ref _state, place.Loop << ItemBits);
        }

        return false;
    }

    /// <summary>Where a worker is; objects of their own, so that workers do not write to one cache line.</summary>
    private sealed class Place
    {
        public ulong Loop;
        public int Held;
    }
}
