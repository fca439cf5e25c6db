using FLoRA.Inference.Execution;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>Several engines on one thread.</summary>
public class SharedThreadTests
{
    [Fact]
    public async Task Two_engines_on_one_thread_give_what_they_give_alone_and_end_one_after_the_other()
    {
        var threads = new EngineThreads();
        Engine one = TinyEngine.Load(change: o => o with { SharedThreads = threads }), other = TinyEngine.Load(change: o => o with { SharedThreads = threads });
        int[] alone;
        using (Engine single = TinyEngine.Load())
            alone = await single.Submit(Asking()).ReadAsync();
        int[][] together = await Task.WhenAll(one.Submit(Asking()).ReadAsync(), other.Submit(Asking()).ReadAsync(), one.Submit(Asking()).ReadAsync());
        Assert.All(together, tokens => Assert.Equal(alone, tokens));
        one.Dispose();
        Assert.Equal(alone, await other.Submit(Asking()).ReadAsync());
        other.Dispose();
        Assert.Throws<ObjectDisposedException>(() => other.Submit(Asking()));
        Assert.Equal(0, other.LiveTensorsAfterDispose);
    }

    [Fact]
    public void A_load_that_fails_leaves_the_thread_to_the_others()
    {
        var threads = new EngineThreads();
        Assert.Throws<ModelLoadException>(() => Engine.Load(new EngineOptions { Model = "no-model", SharedThreads = threads }));
        using Engine engine = TinyEngine.Load(change: o => o with { SharedThreads = threads });
        Assert.Throws<ArgumentException>(() => TinyEngine.Load(change: o => o with { SharedThreads = threads, KvTokens = int.MaxValue }));
        Assert.NotEmpty(engine.Model.Id);
    }

    [Fact]
    public async Task Turns_go_by_cost_and_idling_saves_nothing_up()
    {
        using var thread = new EngineThread("test");
        var order = new List<string>();
        var large = new Counted("large", 30, order) { Left = 4 };
        var small = new Counted("small", 10, order) { Left = 12 };
        var late = new Counted("late", 10, order);
        await thread.InvokeAsync(() =>
        {
            thread.Add(large);
            thread.Add(small);
            thread.Add(late);
            return true;
        });
        while (await thread.InvokeAsync(() => large.Left + small.Left) > 0)
            await Task.Yield();
        for (int steps = 1; steps <= 12; steps++)
        {
            int largeRows = 30 * order.Take(steps).Count(name => name == "large"), smallRows = 10 * order.Take(steps).Count(name => name == "small");
            Assert.InRange(largeRows - smallRows, -30, 30);
        }

        order.Clear();
        await thread.InvokeAsync(() => (large.Left, small.Left, late.Left) = (1, 3, 3));
        while (await thread.InvokeAsync(() => large.Left + small.Left + late.Left) > 0)
            await Task.Yield();
        // The one that had idled does not run through all of its steps first.
        Assert.Contains(order.Take(3), name => name != "late");
    }

    private static Request Asking() => new() { PromptTokens = [1, 2, 3], MaxNewTokens = 12, IgnoreEos = true };

    private sealed class Counted(string name, int cost, List<string> order) : ISteppable
    {
        public int Left { get; set; }

        public long StepCost => cost;

        public bool Step()
        {
            if (Left == 0)
                return false;
            Left--;
            order.Add(name);
            return true;
        }
    }
}
