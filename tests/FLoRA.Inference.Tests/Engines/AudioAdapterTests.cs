namespace FLoRA.Inference.Tests.Engines;

/// <summary>Adapters that change while their recordings are encoded.</summary>
public class AudioAdapterTests
{
    [Fact]
    public async Task A_replaced_adapter_is_kept_by_those_who_run_and_its_encodings_are_not_given_to_the_next()
    {
        (AudioCase old, AudioCase next) = await PairAsync();
        var pins = new List<object?>();
        using var held = new HeldEngine(o => AudioEngine.Options(o) with { KvTokens = 4096, AfterEncoding = e => pins.AddRange(e.Select(a => a.AdapterPin)) });
        Engine engine = held.Engine;
        await engine.LoadAdapterAsync("style", AudioEngine.Adapter(old.Adapter!), TestContext.Current.CancellationToken);
        TokenStream before = await held.HoldAsync(AudioEngine.Ask(old) with { Adapter = "style" }); // its first unit is done
        Task replacing = engine.LoadAdapterAsync("style", AudioEngine.Adapter(next.Adapter!), TestContext.Current.CancellationToken);
        held.Go();
        await replacing;
        Task<int[]>[] after =
        [
            engine.Submit(AudioEngine.Ask(next) with { Adapter = "style" }).ReadAsync(),
            engine.Submit(AudioEngine.Ask(next) with { Adapter = "style" }).ReadAsync(),
        ];
        Assert.Equal(old.Expected, await before.ReadAsync());
        foreach (Task<int[]> read in after)
            Assert.Equal(next.Expected, await read);
        await engine.AssertIdleAsync();
        Assert.Equal(2, pins.Distinct().Count());
        Assert.Equal(2 * AudioEngine.Units, pins.Count); // once for each version
    }

    [Fact]
    public async Task An_adapter_that_changes_all_the_time_gives_each_recording_the_version_it_was_asked_with()
    {
        (AudioCase old, AudioCase next) = await PairAsync();
        using Engine engine = AudioEngine.Load(o => o with { KvTokens = 640 });
        for (int round = 0; round < 12; round++)
        {
            AudioCase now = round % 2 == 0 ? old : next, other = round % 2 == 0 ? next : old;
            await engine.LoadAdapterAsync("style", AudioEngine.Adapter(now.Adapter!), TestContext.Current.CancellationToken);
            TokenStream[] streams = [.. Enumerable.Range(0, 3).Select(_ => engine.Submit(AudioEngine.Ask(now) with { Adapter = "style" }))];
            if (round % 3 == 0)
                await engine.UnloadAdapterAsync("style", TestContext.Current.CancellationToken);
            else
                await engine.LoadAdapterAsync("style", AudioEngine.Adapter(other.Adapter!), TestContext.Current.CancellationToken);
            foreach (TokenStream stream in streams)
                Assert.Equal(now.Expected, await stream.ReadAsync());
        }

        await engine.AssertIdleAsync();
    }

    /// <summary>The same recording under two adapters, with which it says different things.</summary>
    private static async Task<(AudioCase Old, AudioCase Next)> PairAsync()
    {
        IReadOnlyList<AudioCase> cases = await AudioEngine.EveryAdapter;
        AudioCase old = cases.First(c => c.Adapter == "flora-r4");
        AudioCase next = cases.First(c => c.Adapter == "lora-all" && c.Features == old.Features);
        Assert.NotEqual(old.Expected, next.Expected);
        return (old, next);
    }
}
