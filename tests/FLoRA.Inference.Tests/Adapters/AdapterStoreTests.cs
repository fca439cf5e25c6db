using FLoRA.Inference.Adapters;
using FsCheck;
using FsCheck.Fluent;

namespace FLoRA.Inference.Tests.Adapters;

public sealed class AdapterStoreTests
{
    [Fact]
    public void ANameLeadsToItsLatestVersionAndOldOnesLiveWhilePinned()
    {
        var retired = new List<AdapterVersion>();
        var store = TestStore.Of(retired.Add);
        var first = store.Register("a", TestStore.Image(1));
        var held = store.Pin("a");
        var second = store.Register("a", TestStore.Image(2));

        Assert.Same(first, held);
        Assert.Empty(retired);
        Assert.Same(second, store.Pin("a"));
        store.Release(held);
        Assert.Equal([first], retired);

        store.Unload("a");
        var error = Assert.Throws<AdapterNotFoundException>(() => store.Pin("a"));
        Assert.Contains("'a' is not registered", error.Message, StringComparison.Ordinal);
        Assert.Equal([first], retired);
        store.Release(second);
        Assert.Equal([first, second], retired);
        Assert.Throws<InvalidOperationException>(() => store.Release(second));
    }

    [Fact]
    public void AnUnknownNameListsTheKnownOnes()
    {
        var store = TestStore.Of(_ => { });
        store.Register("b c", TestStore.Image(1));
        store.Register("../a", TestStore.Image(1));
        Assert.Equal(["../a", "b c"], store.Current.Select(v => v.Name));
        Assert.Equal(["../a", "b c"], Assert.Throws<AdapterNotFoundException>(() => store.Pin("B c")).Known.Order(StringComparer.Ordinal));
        Assert.Throws<AdapterNotFoundException>(() => store.Unload("a"));
        Assert.Throws<ArgumentException>(() => store.Register(" ", TestStore.Image(1)));
    }

    [Fact]
    public void AnAdapterWiderThanAStepIsRefusedAndNothingChanges()
    {
        var store = TestStore.Of(_ => Assert.Fail("nothing is retired"));
        var fits = store.Register("a", TestStore.Image(8));
        var error = Assert.Throws<AdapterLoadException>(() => store.Register("a", TestStore.Image(9)));
        Assert.Contains("needs 9 rows for one token, but a step has 8: raise --max-rows", error.Message, StringComparison.Ordinal);
        Assert.Same(fits, store.Pin("a"));
    }

    private enum Verb { Register, Unload, Pin, Release }

    private sealed record Operation(Verb Verb, int Name, int Pick);

    [Fact]
    public void NeverRetiredWhilePinnedAndExactlyOnceAfter()
    {
        var operations = (from verb in Gen.Frequency((3, Gen.Constant(Verb.Register)), (2, Gen.Constant(Verb.Unload)), (5, Gen.Constant(Verb.Pin)), (5, Gen.Constant(Verb.Release)))
                          from name in Gen.Choose(0, 3)
                          from pick in Gen.Choose(0, 1000)
                          select new Operation(verb, name, pick)).ListOf(200);
        Prop.ForAll(Arb.From(operations), list => RunAgainstModel([.. list]))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithReplay(41UL, 3UL).WithQuietOnSuccess(true));
    }

    [Fact]
    public void NeverRetiredWhilePinnedByAnyThread()
    {
        const int threads = 8;
        const int rounds = 3000;
        var pins = new System.Collections.Concurrent.ConcurrentDictionary<AdapterVersion, int>();
        var retired = new System.Collections.Concurrent.ConcurrentDictionary<AdapterVersion, int>();
        var registered = 0;
        var store = TestStore.Of(version =>
        {
            Assert.Equal(0, pins.GetValueOrDefault(version));
            Assert.Equal(1, retired.AddOrUpdate(version, 1, (_, count) => count + 1));
        });
        store.Register("n", TestStore.Image(1));
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread =>
        {
            var random = new System.Random(thread);
            for (var i = 0; i < rounds; i++)
            {
                if (random.Next(4) == 0)
                {
                    store.Register("n", TestStore.Image(1));
                    Interlocked.Increment(ref registered);
                    continue;
                }

                var version = store.Pin("n");
                pins.AddOrUpdate(version, 1, (_, count) => count + 1);
                Assert.False(retired.ContainsKey(version));
                pins.AddOrUpdate(version, 0, (_, count) => count - 1);
                store.Release(version);
            }
        });
        store.Unload("n");
        Assert.Equal(registered + 1, retired.Count);
    }

    private static void RunAgainstModel(Operation[] operations)
    {
        var retired = new List<AdapterVersion>();
        var held = new List<AdapterVersion>();
        var all = new List<AdapterVersion>();
        var current = new Dictionary<string, AdapterVersion>();
        var store = TestStore.Of(version =>
        {
            Assert.DoesNotContain(version, held);
            Assert.DoesNotContain(version, retired);
            retired.Add(version);
        });
        foreach (var (verb, number, pick) in operations)
        {
            var name = $"adapter {number}";
            switch (verb)
            {
                case Verb.Register:
                    current[name] = store.Register(name, TestStore.Image(1));
                    all.Add(current[name]);
                    break;
                case Verb.Unload when current.Remove(name):
                    store.Unload(name);
                    break;
                case Verb.Unload:
                    Assert.Throws<AdapterNotFoundException>(() => store.Unload(name));
                    break;
                case Verb.Pin when current.TryGetValue(name, out var expected):
                    held.Add(store.Pin(name));
                    Assert.Same(expected, held[^1]);
                    break;
                case Verb.Pin:
                    Assert.Throws<AdapterNotFoundException>(() => store.Pin(name));
                    break;
                case Verb.Release when held.Count > 0:
                    var version = held[pick % held.Count];
                    held.RemoveAt(pick % held.Count);
                    store.Release(version);
                    break;
            }

            Assert.Equal(all.Where(v => !current.ContainsValue(v) && !held.Contains(v)).ToHashSet(), retired.ToHashSet());
        }
    }
}
