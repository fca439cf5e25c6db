namespace FLoRA.Inference.Tests.Engines;

/// <summary>Adapters that come, change and go while the engine serves.</summary>
public class AdapterLifeTests
{
    private static readonly int[] Prompt = [62, 24, 171, 6, 140, 162, 14, 175];

    [Fact]
    public async Task An_adapter_registered_while_serving_gives_what_one_loaded_at_start_gives()
    {
        using Engine whole = TinyEngine.Load();
        using Engine engine = TinyEngine.Load(change: o => o with { AdapterFolders = [] });
        TokenStream running = engine.Submit(TinyEngine.Ask(Prompt, null, 100));
        foreach (string name in new[] { "flora-r4-alllinear", "lora-rs", "ia3", "hira-r2" })
        {
            await engine.LoadAdapterAsync(name, TinyEngine.Adapter(name), TestContext.Current.CancellationToken);
            Assert.Equal(
                await whole.Submit(TinyEngine.Ask(Prompt, name, 24)).ReadAsync(),
                await engine.Submit(TinyEngine.Ask(Prompt, name, 24)).ReadAsync());
        }

        Assert.Equal(await whole.Submit(TinyEngine.Ask(Prompt, null, 100)).ReadAsync(), await running.ReadAsync());
        Assert.Equal(["flora-r4-alllinear", "hira-r2", "ia3", "lora-rs"], engine.Adapters.Select(a => a.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_request_keeps_the_version_that_it_was_queued_with()
    {
        using Engine engine = TinyEngine.Load();
        CancellationToken none = TestContext.Current.CancellationToken;
        await engine.LoadAdapterAsync("style", TinyEngine.Adapter("flora-r2"), none);
        int[] old = await engine.Submit(TinyEngine.Ask(Prompt, "style", 60)).ReadAsync();
        int[] other = await engine.Submit(TinyEngine.Ask(Prompt, "lora-r8-alllinear", 60)).ReadAsync();
        Assert.NotEqual(old, other);

        TokenStream before = engine.Submit(TinyEngine.Ask(Prompt, "style", 60));
        await engine.LoadAdapterAsync("style", TinyEngine.Adapter("lora-r8-alllinear"), none);
        TokenStream after = engine.Submit(TinyEngine.Ask(Prompt, "style", 60));
        await engine.UnloadAdapterAsync("style", none);
        Assert.Throws<AdapterNotFoundException>(() => engine.Submit(TinyEngine.Ask(Prompt, "style")));
        Assert.Equal(old, await before.ReadAsync());
        Assert.Equal(other, await after.ReadAsync());
        await Assert.ThrowsAsync<AdapterNotFoundException>(() => engine.UnloadAdapterAsync("style", none));
    }

    [Fact]
    public async Task A_refused_replacement_changes_nothing()
    {
        using Engine engine = TinyEngine.Load();
        int[] before = await engine.Submit(TinyEngine.Ask(Prompt, "flora-r1", 24)).ReadAsync();
        string bad = Path.Combine(TinyEngine.Folder(), "bad-adapters", "nan");
        await Assert.ThrowsAsync<AdapterLoadException>(() => engine.LoadAdapterAsync("flora-r1", bad, TestContext.Current.CancellationToken));
        Assert.Equal(before, await engine.Submit(TinyEngine.Ask(Prompt, "flora-r1", 24)).ReadAsync());
    }

    [Fact]
    public async Task Two_engines_of_different_models_live_side_by_side()
    {
        using Engine coder = TinyEngine.Load();
        using Engine llama = TinyEngine.Load("llama-mha");
        TokenStream[] streams = [.. new[] { coder, llama, coder, llama }.Select(e => e.Submit(TinyEngine.Ask(Prompt, "flora-r1", 24)))];
        int[][] ids = await Task.WhenAll(streams.Select(s => s.ReadAsync()));
        Assert.Equal(ids[0], ids[2]);
        Assert.Equal(ids[1], ids[3]);
        Assert.NotEqual(ids[0], ids[1]);
    }
}
