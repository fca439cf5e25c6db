using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;
using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>More adapters than fit the device: who is there, who waits, and that nobody's tokens change.</summary>
public sealed class AdapterResidencyTests
{
    private static readonly int[] Prompt = [62, 24, 171, 6, 140, 162, 14, 175];

    [Fact]
    public async Task A_device_budget_of_one_adapter_serves_all_of_them_with_the_same_tokens()
    {
        using Engine whole = TinyEngine.Load();
        string[] names = [.. whole.Adapters.Select(a => a.Name)];
        long largest = whole.Adapters.Max(a => a.Bytes);
        using Engine engine = TinyEngine.Load(change: o => o with { AdapterBytes = largest });
        int[][] tokens = await Task.WhenAll(names.Concat(names).Select(name => engine.Submit(TinyEngine.Ask(Prompt, name)).ReadAsync()));
        for (int i = 0; i < tokens.Length; i++)
            Assert.Equal(await whole.Submit(TinyEngine.Ask(Prompt, names[i % names.Length])).ReadAsync(), tokens[i]);
        AdapterStoreInfo held = engine.AdapterStore;
        Assert.Equal((names.Length, names.Length), (held.Registered, held.HostCached));
        Assert.InRange(held.ResidentBytes, 1, held.ResidentByteBudget);
        Assert.Equal(largest, held.ResidentByteBudget);
        Assert.True(held.Evictions > 0);
        Assert.Equal(0, held.Reads); // those of the options were read before the engine began
    }

    [Fact]
    public async Task Two_thousand_registered_with_places_for_eight()
    {
        DecoderBlueprint blueprint = ModelConfigReader.Read(Path.Combine(TinyEngine.Folder(), "model"));
        string[] kinds = ["flora-r1", "ia3", "lora-r4", "hira-r2"];
        Adapter[] loaded = [.. kinds.Select(kind => AdapterLoader.Load(TinyEngine.Adapter(kind), blueprint))];
        using Engine whole = TinyEngine.Load();
        long budget = 2 * whole.Adapters.Where(a => kinds.Contains(a.Name)).Sum(a => a.Bytes);
        using Engine engine = TinyEngine.Load(change: o => o with { AdapterFolders = [], AdapterBytes = budget });
        for (int n = 0; n < 2000; n++)
            engine.RegisterAdapter($"{n}", loaded[n % 4] with { ContentHash = $"{n}" });
        int[][] expected = await Task.WhenAll(kinds.Select(kind => whole.Submit(TinyEngine.Ask(Prompt, kind)).ReadAsync()));
        var random = new Random(3);
        int[] asked = [.. Enumerable.Range(0, 200).Select(_ => random.Next(2000))];
        int[][] tokens = await Task.WhenAll(asked.Select(n => engine.Submit(TinyEngine.Ask(Prompt, $"{n}")).ReadAsync()));
        for (int i = 0; i < asked.Length; i++)
            Assert.Equal(expected[asked[i] % 4], tokens[i]);
        AdapterStoreInfo held = engine.AdapterStore;
        Assert.Equal(2000, held.Registered);
        Assert.InRange(held.Resident, 1, 16);
        Assert.InRange(held.ResidentBytes, 1, budget);
        Assert.True(held.Evictions >= asked.Distinct().Count() - held.Resident);
        Assert.Equal(0, (await engine.ReadOccupancyAsync()).AdapterPins);
    }

    [Fact]
    public async Task The_longest_unused_goes_and_a_pinned_one_stays()
    {
        using Engine whole = TinyEngine.Load();
        long Bytes(params string[] names) => whole.Adapters.Where(a => names.Contains(a.Name)).Sum(a => a.Bytes);
        using Engine engine = TinyEngine.Load(change: o => o with
        {
            AdapterFolders = [],
            Adapters = new[] { "flora-r1", "flora-r2", "ia3" }.ToDictionary(name => name, name => TinyEngine.Adapter(name)),
            AdapterBytes = Bytes("flora-r1", "flora-r2", "ia3") - 1,
        });
        async Task UseAsync(string name) => await engine.Submit(TinyEngine.Ask(Prompt, name, 2)).ReadAsync();
        string[] Resident() => [.. engine.Adapters.Where(a => a.State == AdapterState.Resident).Select(a => a.Name)];
        await UseAsync("flora-r2");
        await UseAsync("flora-r1");
        await UseAsync("ia3");
        Assert.Equal(["flora-r1", "ia3"], Resident());
        await engine.PinAdapterAsync("flora-r1", TestContext.Current.CancellationToken);
        await UseAsync("ia3");
        await UseAsync("flora-r2");
        Assert.Equal(["flora-r1", "flora-r2"], Resident()); // ia3 was used later than flora-r1, which is pinned
        Assert.True(engine.Adapters.Single(a => a.Name == "flora-r1").IsPinned);
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await engine.PinAdapterAsync("flora-r2", TestContext.Current.CancellationToken);
            await engine.PinAdapterAsync("ia3", TestContext.Current.CancellationToken);
        });
        engine.UnpinAdapter("flora-r1");
        engine.UnpinAdapter("flora-r2");
        await UseAsync("ia3");
        Assert.Equal(["flora-r2", "ia3"], Resident());
    }

    [Fact]
    public async Task The_head_waits_for_a_place_and_sixteen_pass_it_at_most()
    {
        using Engine sizes = TinyEngine.Load();
        long bytes = sizes.Adapters.Max(a => a.Bytes);
        var steps = new List<StepTrace>();
        using Engine engine = TinyEngine.Load(change: o => o with { AdapterBytes = bytes, Trace = steps.Add });
        TokenStream holder, waiting;
        TokenStream[] passing;
        using (engine.HoldSteps())
        {
            holder = engine.Submit(TinyEngine.Ask(Prompt, "lora-r8-alllinear", 40));
            waiting = engine.Submit(TinyEngine.Ask(Prompt, "flora-r4-alllinear", 4));
            passing = [.. Enumerable.Range(0, 40).Select(_ => engine.Submit(TinyEngine.Ask(Prompt, null, 4)))];
        }

        await Task.WhenAll(passing.Append(holder).Append(waiting).Select(s => s.ReadAsync()));
        await engine.ReadCountersAsync();
        int first = steps.FindIndex(s => s.Sequences.Contains(waiting.RequestId));
        HashSet<long> before = [.. steps.Take(first).SelectMany(s => s.Sequences)];
        Assert.DoesNotContain(steps[first].Sequences, id => id == holder.RequestId); // it had to end first
        Assert.Equal(passing.Take(16).Select(s => s.RequestId).Append(holder.RequestId).Order(), before.Order());
    }

    [Fact]
    public async Task A_replacement_serves_later_requests_while_a_stream_goes_on_with_the_old_version()
    {
        using Engine whole = TinyEngine.Load();
        int[] old = await whole.Submit(TinyEngine.Ask(Prompt, "flora-r2", 60)).ReadAsync(), next = await whole.Submit(TinyEngine.Ask(Prompt, "flora-r1", 12)).ReadAsync();
        CancellationToken none = TestContext.Current.CancellationToken;
        using var held = new HeldEngine(o => o with { AdapterFolders = [], AdapterBytes = whole.Adapters.Where(a => a.Name is "flora-r1" or "flora-r2").Sum(a => a.Bytes) });
        AdapterInfo first = await held.Engine.LoadAdapterAsync("style", TinyEngine.Adapter("flora-r2"), none);
        TokenStream streaming = await held.HoldAsync(TinyEngine.Ask(Prompt, "style", 60));
        AdapterInfo second = await held.Engine.LoadAdapterAsync("style", TinyEngine.Adapter("flora-r1"), none);
        Assert.NotEqual(first.ContentHash, second.ContentHash);
        TokenStream after = held.Engine.Submit(TinyEngine.Ask(Prompt, "style", 12));
        await held.Engine.UnloadAdapterAsync("style", none);
        held.Go();
        Assert.Equal(next, await after.ReadAsync());
        Assert.Equal(old, await streaming.ReadAsync());
        Assert.Equal(0, (await held.Engine.ReadOccupancyAsync()).AdapterPins);
    }

    [Fact]
    public async Task A_file_that_is_cut_off_while_it_replaces_another_leaves_the_old_version_serving()
    {
        using var folder = new TemporaryFolder();
        foreach (string file in Directory.EnumerateFiles(TinyEngine.Adapter("flora-r2")))
            File.Copy(file, folder.File(Path.GetFileName(file)));
        using Engine engine = TinyEngine.Load();
        CancellationToken none = TestContext.Current.CancellationToken;
        AdapterInfo whole = await engine.LoadAdapterAsync("style", folder.Path, none);
        int[] before = await engine.Submit(TinyEngine.Ask(Prompt, "style", 24)).ReadAsync();
        using (FileStream file = File.OpenWrite(folder.File("adapter_model.safetensors")))
            file.SetLength(file.Length / 2);
        await Assert.ThrowsAsync<AdapterLoadException>(() => engine.LoadAdapterAsync("style", folder.Path, none));
        Assert.Equal(before, await engine.Submit(TinyEngine.Ask(Prompt, "style", 24)).ReadAsync());
        Assert.Equal(whole.ContentHash, engine.Adapters.Single(a => a.Name == "style").ContentHash);
    }

    [Fact]
    public async Task A_dropped_host_copy_is_read_again_and_a_changed_folder_is_the_new_version()
    {
        using var folder = new TemporaryFolder();
        void Fill(string adapter)
        {
            foreach (string file in Directory.EnumerateFiles(TinyEngine.Adapter(adapter)))
                File.Copy(file, folder.File(Path.GetFileName(file)), overwrite: true);
        }

        using Engine whole = TinyEngine.Load();
        using Engine engine = TinyEngine.Load(change: o => o with { AdapterFolders = [], AdapterHostBytes = 0, AdapterBytes = whole.Adapters.Single(a => a.Name == "flora-r4-alllinear").Bytes });
        Fill("flora-r1");
        await engine.LoadAdapterAsync("style", folder.Path, TestContext.Current.CancellationToken);
        Assert.Equal((1, 0, 0, AdapterState.Registered), (engine.AdapterStore.Registered, engine.AdapterStore.HostCached, engine.AdapterStore.Resident, engine.Adapters[0].State));
        Assert.Equal(await whole.Submit(TinyEngine.Ask(Prompt, "flora-r1")).ReadAsync(), await engine.Submit(TinyEngine.Ask(Prompt, "style")).ReadAsync());
        Assert.Equal(AdapterState.Resident, engine.Adapters[0].State);
        await engine.LoadAdapterAsync("other", TinyEngine.Adapter("flora-r4-alllinear"), TestContext.Current.CancellationToken);
        await engine.Submit(TinyEngine.Ask(Prompt, "other")).ReadAsync(); // takes the place, and with it the host copy goes
        Fill("ia3");
        Assert.Equal(await whole.Submit(TinyEngine.Ask(Prompt, "ia3")).ReadAsync(), await engine.Submit(TinyEngine.Ask(Prompt, "style")).ReadAsync());
        Assert.Equal(AdapterKind.Ia3, engine.Adapters.Single(a => a.Name == "style").Kind);
    }

    [Fact]
    public async Task Names_of_the_root_are_read_on_first_use_and_hostile_ones_are_refused_before_any_compute()
    {
        using Engine whole = TinyEngine.Load();
        int steps = 0;
        using Engine engine = TinyEngine.Load(change: o => o with
        {
            AdapterFolders = [],
            AdapterRoot = Path.Combine(TinyEngine.Folder(), "adapters"),
            PreloadAdapters = ["ia3"],
            Trace = _ => steps++,
        });
        Assert.Equal(["ia3"], engine.Adapters.Select(a => a.Name));
        foreach (string hostile in (string[])["../model", "..", TinyEngine.Adapter("flora-r1"), "flora-r1/", "missing"])
        {
            Assert.Throws<AdapterNotFoundException>(() => engine.Submit(TinyEngine.Ask(Prompt, hostile)));
            await Assert.ThrowsAsync<AdapterNotFoundException>(() => engine.PrepareAdapterAsync(hostile, TestContext.Current.CancellationToken));
        }

        Assert.Equal(0, steps);
        Assert.Equal(await whole.Submit(TinyEngine.Ask(Prompt, "flora-r1")).ReadAsync(), await engine.Submit(TinyEngine.Ask(Prompt, "flora-r1")).ReadAsync());
        Assert.Equal(AdapterState.Host, (await engine.PrepareAdapterAsync("lora-r4", TestContext.Current.CancellationToken)).State);
        Assert.Equal(["flora-r1", "ia3", "lora-r4"], engine.Adapters.Select(a => a.Name));
        Assert.NotNull(engine.Adapters[0].LastUsed);
    }

    [Theory, InlineData("float32"), InlineData("int8")]
    public async Task Live_tensors_and_bytes_stay_flat_over_a_thousand_loads_replacements_and_unloads(string dtype)
    {
        DecoderBlueprint blueprint = ModelConfigReader.Read(Path.Combine(TinyEngine.Folder(), "model"));
        Adapter[] loaded = [.. new[] { "flora-r2", "lora-r8-alllinear", "ia3", "lora-r4" }.Select(name => AdapterLoader.Load(TinyEngine.Adapter(name), blueprint))];
        using Engine engine = TinyEngine.Load(change: o => o with { AdapterFolders = [], DType = dtype });
        long early = 0;
        for (int round = 0; round < 1000; round++)
        {
            engine.RegisterAdapter("guest", loaded[round % 4] with { ContentHash = $"{round}" });
            TokenStream running = engine.Submit(TinyEngine.Ask([3, 4, 5], "guest", 2));
            engine.RegisterAdapter("guest", loaded[(round + 1) % 4] with { ContentHash = $"{round} again" });
            await running.ReadAsync();
            await engine.UnloadAdapterAsync("guest", TestContext.Current.CancellationToken);
            if (round is not (9 or 999))
                continue;
            await engine.Submit(TinyEngine.Ask([3, 4, 5], null, 2)).ReadAsync(); // the same last composition at both counts
            long live = await engine.CountLiveTensorsAsync();
            Assert.True(round == 9 || live == early, $"{early} tensors were live after 10 rounds, {live} after 1000");
            early = live;
            Assert.Equal((0, 0, 0, 0L, 0L), (engine.AdapterStore.Registered, engine.AdapterStore.HostCached, engine.AdapterStore.Resident, engine.AdapterStore.HostBytes, engine.AdapterStore.ResidentBytes));
        }
    }
}
