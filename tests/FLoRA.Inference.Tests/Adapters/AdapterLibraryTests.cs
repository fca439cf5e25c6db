using System.Collections.Concurrent;
using FLoRA.Inference.Adapters;

namespace FLoRA.Inference.Tests.Adapters;

/// <summary>Reading folders for the store: once for all who ask, again where a copy was dropped.</summary>
public sealed class AdapterLibraryTests : IDisposable
{
    private readonly ConcurrentQueue<string> _reads = new();
    private readonly ConcurrentDictionary<string, string> _contents = new();
    private readonly ManualResetEventSlim _mayRead = new(initialState: true);
    private readonly AdapterReads _reader;

    public AdapterLibraryTests() => _reader = new AdapterReads(Read, TimeProvider.System);

    public void Dispose() => _mayRead.Dispose();

    [Fact]
    public async Task Concurrent_loads_of_a_folder_read_it_once_and_give_one_version()
    {
        AdapterStore store = TestStore.Of();
        AdapterLibrary library = Library(store);
        _mayRead.Reset();
        Task<AdapterVersion>[] loads = [.. Enumerable.Range(0, 32).Select(n => library.LoadAsync(n < 16 ? "a" : "b", "f"))];
        _mayRead.Set();
        AdapterVersion[] versions = await Task.WhenAll(loads);
        Assert.Equal(["f"], _reads);
        Assert.Equal(2, versions.Distinct().Count());
        Assert.Equal(["a", "b"], store.Current.Select(v => v.Name));
        Assert.Equal(1, library.Reads.Reads);
        Assert.Equal(0, library.Reads.Running);
    }

    [Fact]
    public async Task A_load_that_fails_fails_for_all_who_ask_and_the_next_one_reads_again()
    {
        AdapterLibrary library = Library(TestStore.Of());
        _mayRead.Reset();
        Task<AdapterVersion>[] loads = [library.LoadAsync("a", "bad"), library.LoadAsync("b", "bad")];
        _mayRead.Set();
        foreach (Task<AdapterVersion> load in loads)
            await Assert.ThrowsAsync<AdapterLoadException>(() => load);
        await Assert.ThrowsAsync<AdapterLoadException>(() => library.LoadAsync("a", "bad"));
        Assert.Equal(["bad", "bad"], _reads);
    }

    [Fact]
    public async Task Host_copies_beyond_the_budget_go_the_longest_unused_first_and_are_read_again()
    {
        AdapterStore store = TestStore.Of(hostBytes: 250); // each has 100
        AdapterLibrary library = Library(store);
        foreach (string name in (string[])["a", "b", "c"])
            await library.LoadAsync(name, name);
        Assert.Equal(["b", "c"], Cached(store));
        AdapterVersion first = store.Current[0];
        store.Release(await library.PinAsync("a"));
        Assert.Equal(["a", "c"], Cached(store));
        Assert.Same(first, store.Current[0]); // the same content: the same version
        Assert.Equal(["a", "b", "c", "a"], _reads);
        store.Release(await library.PinAsync("c"));
        Assert.Equal(["a", "b", "c", "a"], _reads);
        Assert.Equal((3, 2, 200, 250), store.Counts);
    }

    [Fact]
    public async Task Copies_that_requests_hold_or_that_are_resident_stay_beyond_the_budget()
    {
        AdapterStore store = TestStore.Of(hostBytes: 0);
        AdapterLibrary library = Library(store);
        await library.LoadAsync("a", "a");
        Assert.Empty(Cached(store));
        AdapterVersion held = await library.PinAsync("a");
        Assert.Equal(["a"], Cached(store));
        store.MarkResident(held, isResident: true);
        store.Release(held);
        Assert.Equal(["a"], Cached(store));
        store.MarkResident(held, isResident: false);
        Assert.Empty(Cached(store));
    }

    [Fact]
    public async Task The_copy_of_a_kept_adapter_stays_beyond_the_budget()
    {
        AdapterStore store = TestStore.Of(hostBytes: 150);
        AdapterLibrary library = Library(store);
        await library.LoadAsync("a", "a");
        store.Keep("a", isKept: true);
        await library.LoadAsync("b", "b");
        Assert.Equal(["a"], Cached(store));
        store.Keep("a", isKept: false);
        await library.LoadAsync("c", "c");
        Assert.Equal(["c"], Cached(store));
    }

    [Fact]
    public async Task A_folder_that_has_changed_since_its_copy_was_dropped_is_a_new_version()
    {
        var retired = new List<AdapterVersion>();
        AdapterStore store = TestStore.Of(retired.Add, hostBytes: 0);
        AdapterLibrary library = Library(store);
        AdapterVersion before = await library.LoadAsync("a", "a");
        _contents["a"] = "changed";
        AdapterVersion after = await library.PinAsync("a");
        Assert.NotSame(before, after);
        Assert.Equal("changed", after.Adapter.ContentHash);
        Assert.Equal([before], retired);
        store.Release(after);
    }

    [Fact]
    public async Task The_same_content_of_the_same_folder_again_changes_nothing()
    {
        AdapterStore store = TestStore.Of(_ => Assert.Fail("nothing is retired"));
        AdapterLibrary library = Library(store);
        Assert.Same(await library.LoadAsync("a", "a"), await library.LoadAsync("a", "a"));
    }

    [Fact]
    public async Task A_replacement_of_a_kept_adapter_is_kept()
    {
        AdapterStore store = TestStore.Of(bankBytes: 150);
        var kept = new List<AdapterVersion>();
        var library = new AdapterLibrary(store, _reader, null, kept.Add);
        AdapterVersion before = await library.LoadAsync("a", "a");
        store.Keep("a", isKept: true);
        await library.LoadAsync("b", "b");
        Assert.Contains("the pinned ones 100; adapters have 150", Assert.Throws<InvalidOperationException>(() => store.Keep("b", isKept: true)).Message, StringComparison.Ordinal);
        AdapterVersion after = await library.LoadAsync("a", "c");
        Assert.Equal([after], kept);
        Assert.Equal((false, true), (before.IsKept, after.IsKept));
        Assert.Contains("raise --adapter-bytes", Assert.Throws<AdapterLoadException>(() => store.Register("big", TestStore.Image(1, bytes: 151))).Message, StringComparison.Ordinal);
    }

    private AdapterLibrary Library(AdapterStore store) => new(store, _reader, null, _ => { });

    private static IEnumerable<string> Cached(AdapterStore store) => store.Current.Where(v => v.Image is not null).Select(v => v.Name);

    private AdapterImage Read(string folder)
    {
        _mayRead.Wait();
        _reads.Enqueue(folder);
        return folder == "bad" ? throw new AdapterLoadException(folder, ["bad"]) : TestStore.Image(1, folder, content: _contents.GetValueOrDefault(folder, folder));
    }
}
