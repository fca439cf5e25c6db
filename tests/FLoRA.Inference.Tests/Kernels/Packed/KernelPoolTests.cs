using System.Runtime.CompilerServices;
using FLoRA.Inference.Kernels.Cpu.Packed;

namespace FLoRA.Inference.Tests.Kernels.Packed;

/// <summary>Threads that share loops: every item once, loop after loop, whoever comes late or fails.</summary>
public class KernelPoolTests
{
    private const int LoopBits = 40;

    public static TheoryData<int> Threads => [1, 2, 3, 4];

    [Theory, MemberData(nameof(Threads))]
    public void Every_item_is_done_once_and_after_all_of_the_loop_before(int threads)
    {
        using var pool = new KernelPool();
        pool.Ensure(threads);
        for (int round = 0; round < 3000; round++)
            Loops.Random(new Random(round)).RunAndCheck(pool, threads);
    }

    [Fact]
    public void The_number_of_threads_may_change_from_work_to_work()
    {
        using var pool = new KernelPool();
        for (int round = 0; round < 2000; round++)
        {
            var random = new Random(round);
            int threads = 1 + random.Next(Math.Min(4, 1 + (round / 100)));
            pool.Ensure(threads);
            Loops.Random(random).RunAndCheck(pool, threads);
        }
    }

    [Fact]
    public void Helpers_that_slept_wake_up()
    {
        using var pool = new KernelPool();
        pool.Ensure(3);
        for (int round = 0; round < 20; round++)
        {
            Thread.Sleep(2); // longer than they spin
            new Meeting(3).RunIn(pool);
        }
    }

    [Theory, MemberData(nameof(Threads))]
    public void The_numbers_of_loops_may_run_out_and_begin_again(int threads)
    {
        using var pool = new KernelPool();
        pool.Ensure(threads);
        State(Team(pool)) = ((1UL << LoopBits) - (3UL << 14)) << (64 - LoopBits);
        for (int round = 0; round < 200; round++)
            Loops.Random(new Random(round)).RunAndCheck(pool, threads);
        Assert.InRange(State(Team(pool)) >> (64 - LoopBits), 1UL, 1UL << 25);
    }

    [Fact]
    public void A_loop_of_too_many_items_is_refused_on_any_number_of_threads()
    {
        using var pool = new KernelPool();
        pool.Ensure(3);
        for (int threads = 1; threads <= 3; threads++)
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => pool.Run(new Plain((worker, team) => team.Next(worker, KernelTeam.MostItems + 1, 1, out _, out _)), threads));
            Loops.Random(new Random(threads)).RunAndCheck(pool, threads);
        }
    }

    [Fact]
    public void The_largest_loop_is_done_in_few_grains()
    {
        using var pool = new KernelPool();
        pool.Ensure(2);
        long sum = 0;
        pool.Run(new Plain((worker, team) =>
        {
            while (team.Next(worker, KernelTeam.MostItems, 1 << 22, out int begin, out int end))
                Interlocked.Add(ref sum, end - begin);
        }), 2);
        Assert.Equal(KernelTeam.MostItems, sum);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void A_late_thread_holds_nobody_up_and_takes_nothing_of_what_came_after(int threads)
    {
        using var pool = new KernelPool();
        pool.Ensure(threads);
        using var gate = new ManualResetEventSlim();
        int come = 0, itemsOfLate = 0, gone = 0;
        pool.Run(new Plain((worker, team) =>
        {
            if (worker > 0)
            {
                Interlocked.Increment(ref come);
                gate.Wait();
            }
            else
            {
                SpinWait.SpinUntil(() => Volatile.Read(ref come) == threads - 1); // else they may pass this work over
            }

            for (int loop = 0; loop < 5; loop++)
            {
                while (team.Next(worker, 10, 1, out _, out _))
                    Interlocked.Add(ref itemsOfLate, worker);
            }

            if (worker > 0)
                Interlocked.Increment(ref gone);
        }), threads);
        var after = new Loops([3, 0, 17, 200], [1, 1, 4, 3]);
        for (int round = 0; round < 50; round++)
            after.RunAndCheck(pool, threads); // while they wait
        gate.Set();
        for (int round = 0; round < 200; round++)
            after.RunAndCheck(pool, threads); // while they run through
        new Meeting(threads).RunIn(pool); // all of them are there again
        Assert.Equal((threads - 1, 0), (gone, itemsOfLate));
    }

    /// <summary>A step of a decoder is always the same object: the next step's sizes are set while a late thread may still be on its way through the last one.</summary>
    [Theory]
    [InlineData(1, 3)]
    [InlineData(4, 5)]
    [InlineData(5, 1)]
    public void A_late_thread_takes_nothing_of_a_work_that_has_more_or_fewer_loops_by_now(int before, int after)
    {
        using var pool = new KernelPool();
        pool.Ensure(2);
        using ManualResetEventSlim gate = new(), gone = new();
        int loops = before, isThere = 0, itemsOfLate = 0;
        pool.Run(new Plain((worker, team) =>
        {
            if (worker > 0)
            {
                Volatile.Write(ref isThere, 1);
                gate.Wait();
            }
            else
            {
                SpinWait.SpinUntil(() => Volatile.Read(ref isThere) > 0);
            }

            for (int loop = 0; loop < loops; loop++)
            {
                while (team.Next(worker, 3, 1, out _, out _))
                    itemsOfLate += worker;
            }

            if (worker > 0)
                gone.Set();
        }), 2);
        loops = after;
        gate.Set();
        SpinWait.SpinUntil(() => gone.IsSet);
        Assert.Equal(0, itemsOfLate);
        new Meeting(2).RunIn(pool);
    }

    [Fact]
    public void A_thread_that_comes_in_the_midst_takes_its_share_of_the_rest()
    {
        using var pool = new KernelPool();
        pool.Ensure(2);
        using ManualResetEventSlim gate = new(), there = new();
        int itemsOfLate = 0, all = 0;
        pool.Run(new Plain((worker, team) =>
        {
            if (worker > 0)
            {
                there.Set();
                gate.Wait();
            }
            else
            {
                there.Wait();
            }

            for (int loop = 0; loop < 4; loop++)
            {
                if (loop == 2 && worker == 0)
                    gate.Set();
                while (team.Next(worker, 8, 1, out _, out _))
                {
                    Interlocked.Increment(ref all);
                    if (loop == 3 && worker == 0)
                        SpinWait.SpinUntil(() => Volatile.Read(ref itemsOfLate) > 0); // it comes: this item waits for one of its own
                    else if (worker > 0)
                        Interlocked.Increment(ref itemsOfLate);
                }
            }
        }), 2);
        Assert.Equal(32, all);
        Assert.InRange(itemsOfLate, 1, 15);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 2)]
    [InlineData(0, 4)]
    [InlineData(1, 2)]
    [InlineData(3, 4)]
    public void What_an_item_throws_comes_out_and_the_threads_work_on(int failing, int threads)
    {
        using var pool = new KernelPool();
        pool.Ensure(threads);
        for (int round = 0; round < 100; round++)
        {
            int failures = 0;
            var exception = Assert.Throws<InvalidDataException>(() => pool.Run(new Plain((worker, team) =>
            {
                for (int loop = 0; loop < 3; loop++)
                {
                    while (team.Next(worker, 6, 1, out _, out _))
                    {
                        if (worker == failing)
                        {
                            Interlocked.Increment(ref failures);
                            throw new InvalidDataException($"of {worker}");
                        }

                        SpinWait.SpinUntil(() => Volatile.Read(ref failures) > 0); // so that the failing one gets an item
                    }
                }
            }), threads));
            Assert.Equal(($"of {failing}", 1), (exception.Message, failures));
            Loops.Random(new Random(round)).RunAndCheck(pool, threads);
        }
    }

    [Fact]
    public void Nobody_works_on_after_a_failure_has_come_out()
    {
        using var pool = new KernelPool();
        pool.Ensure(4);
        for (int round = 0; round < 3000; round++)
        {
            bool isOver = false, tooLate = false;
            Assert.Throws<InvalidDataException>(() => pool.Run(new Plain((worker, team) =>
            {
                if (worker == 0)
                    throw new InvalidDataException();
                while (team.Next(worker, 1000, 1, out _, out _))
                    tooLate |= Volatile.Read(ref isOver);
            }), 4));
            Volatile.Write(ref isOver, true);
            Loops.Random(new Random(round)).RunAndCheck(pool, 4);
            Assert.False(tooLate);
        }
    }

    [Fact]
    public void A_helper_that_fails_without_an_item_loses_nothing()
    {
        using var pool = new KernelPool();
        pool.Ensure(3);
        for (int round = 0; round < 500; round++)
        {
            var loops = Loops.Random(new Random(round));
            pool.Run(new Plain((worker, team) =>
            {
                if (worker == 1)
                    throw new InvalidDataException();
                loops.Run(worker, team);
            }), 3);
            loops.Check();
        }
    }

    [Fact]
    public void Disposing_ends_the_threads_asleep_or_not()
    {
        for (int round = 0; round < 20; round++)
        {
            var pool = new KernelPool();
            pool.Ensure(4);
            var meeting = new Meeting(4);
            meeting.RunIn(pool);
            if (round % 2 == 0)
                Thread.Sleep(1);
            pool.Dispose();
            Assert.All(meeting.Helpers, thread => Assert.False(thread.IsAlive));
            pool.Ensure(2); // and it may be used again
            new Meeting(2).RunIn(pool);
            pool.Dispose();
        }

        new KernelPool().Dispose();
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_team")]
    private static extern ref KernelTeam Team(KernelPool pool);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_state")]
    private static extern ref ulong State(KernelTeam team);

    private sealed class Plain(Action<int, KernelTeam> run) : ITeamWork
    {
        public void Run(int worker, KernelTeam team) => run(worker, team);
    }

    /// <summary>A loop whose items wait for one another: ends only where every thread has come.</summary>
    private sealed class Meeting(int threads) : ITeamWork
    {
        private readonly Thread?[] _threads = new Thread?[threads];
        private int _come;

        public IEnumerable<Thread> Helpers => _threads[1..]!;

        public void RunIn(KernelPool pool)
        {
            _come = 0;
            pool.Run(this, threads);
            Assert.Equal(threads, _threads.Distinct().Count());
            Assert.Equal(Thread.CurrentThread, _threads[0]);
        }

        public void Run(int worker, KernelTeam team)
        {
            while (team.Next(worker, threads, 1, out _, out _))
            {
                _threads[worker] = Thread.CurrentThread;
                Interlocked.Increment(ref _come);
                SpinWait.SpinUntil(() => Volatile.Read(ref _come) == threads);
            }
        }
    }

    /// <summary>Loops whose items write without any lock, and read what the loop before has written.</summary>
    private sealed class Loops(int[] counts, int[] grains) : ITeamWork
    {
        private readonly long[][] _written = [.. counts.Select(c => new long[c])];
        private int _tooWide;

        public static Loops Random(Random random)
        {
            int[] counts = [.. Enumerable.Range(0, random.Next(7)).Select(_ => random.Next(5) == 0 ? 0 : random.Next(random.Next(3) == 0 ? 60 : 5))];
            return new Loops(counts, [.. counts.Select(_ => random.Next(4) == 0 ? 1 + random.Next(40) : 1)]);
        }

        public void RunAndCheck(KernelPool pool, int threads)
        {
            foreach (long[] loop in _written)
                Array.Clear(loop);
            pool.Run(this, threads);
            Check();
        }

        public void Run(int worker, KernelTeam team)
        {
            for (int loop = 0; loop < counts.Length; loop++)
            {
                while (team.Next(worker, counts[loop], grains[loop], out int begin, out int end))
                {
                    if (begin >= end || end - begin > grains[loop] || end > counts[loop])
                        Volatile.Write(ref _tooWide, 1);
                    for (int item = begin; item < end; item++)
                        _written[loop][item] += 1 + SumBefore(loop); // twice, or too early: another number
                }
            }
        }

        public void Check()
        {
            Assert.Equal(0, _tooWide);
            for (int loop = 0; loop < counts.Length; loop++)
                Assert.All(_written[loop], number => Assert.Equal(1 + SumBefore(loop), number));
        }

        private long SumBefore(int loop) => loop == 0 ? 0 : _written[loop - 1].Sum() % 1_000_003;
    }
}
