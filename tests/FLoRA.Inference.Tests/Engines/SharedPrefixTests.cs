namespace FLoRA.Inference.Tests.Engines;

/// <summary>Prompts that begin like earlier ones, through the real engine.</summary>
public class SharedPrefixTests
{
    private const int BlockTokens = 16;
    private const string Wide = "flora-r4-alllinear";

    private static readonly int[] System = [.. Enumerable.Range(0, 100).Select(i => (i * 37) % 263)];

    [Fact]
    public async Task Two_adapters_one_prompt()
    {
        using Engine engine = Load();
        using Engine fresh = Load(prefixCache: false);
        string?[] names = [null, .. engine.Adapters.Select(a => a.Name)];
        foreach (string? name in names)
        {
            TokenStream first = engine.Submit(TinyEngine.Ask(System, name)), second = engine.Submit(TinyEngine.Ask(System, name));
            int[] expected = await fresh.Submit(TinyEngine.Ask(System, name)).ReadAsync();
            Assert.Equal(expected, await first.ReadAsync());
            Assert.Equal(expected, await second.ReadAsync());
            Assert.Equal(0, first.CachedPromptTokens);
        }
    }

    [Fact]
    public async Task A_reload_of_one_name()
    {
        CancellationToken none = TestContext.Current.CancellationToken;
        using Engine engine = Load();
        await engine.LoadAdapterAsync("style", TinyEngine.Adapter("lora-r8-alllinear"), none);
        int[] old = (await AskAsync(engine, "style")).Ids;
        await engine.LoadAdapterAsync("style", TinyEngine.Adapter("flora-r2"), none);
        (int[] ids, int cached) = await AskAsync(engine, "style");
        Assert.Equal(0, cached);
        Assert.Equal((await AskAsync(engine, "flora-r2")).Ids, ids);
        Assert.NotEqual(old, ids);

        // The first content comes back, and what was computed with it is still there.
        await engine.LoadAdapterAsync("style", TinyEngine.Adapter("lora-r8-alllinear"), none);
        (ids, cached) = await AskAsync(engine, "style");
        Assert.Equal(96, cached);
        Assert.Equal(old, ids);
    }

    [Fact]
    public async Task One_content_under_two_names_is_one_prefix()
    {
        using Engine engine = Load();
        await engine.LoadAdapterAsync("twin", TinyEngine.Adapter(Wide), TestContext.Current.CancellationToken);
        int[] expected = (await AskAsync(engine, Wide)).Ids;
        (int[] ids, int cached) = await AskAsync(engine, "twin");
        Assert.Equal(96, cached);
        Assert.Equal(expected, ids);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Wide)]
    public async Task Agents_that_come_together_compute_their_common_beginning_once(string? adapter)
    {
        var steps = new List<StepTrace>();
        using Engine engine = Load(o => o with { Trace = steps.Add });
        TokenStream[] agents;
        using (engine.HoldSteps())
            agents = [.. Enumerable.Range(0, 6).Select(i => engine.Submit(TinyEngine.Ask([.. System[..96], i, 1, 2], adapter, 4)))];
        await Task.WhenAll(agents.Select(a => a.ReadAsync()));
        Assert.Equal([0, 96, 96, 96, 96, 96], agents.Select(a => a.CachedPromptTokens));
        await engine.ReadCountersAsync();
        Assert.Equal(99 + (5 * 3), steps.Sum(s => s.PrefillTokens));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("lora-r8-alllinear", true)]
    [InlineData("flora-r1", true)]
    [InlineData(Wide, false)] // its prompts are computed with formed weights, its answers are not
    public async Task The_next_turn_finds_the_answer_where_its_form_is_that_of_a_prompt(string? adapter, bool isFound)
    {
        using Engine engine = Load();
        int[] answer = await engine.Submit(TinyEngine.Ask(System, adapter, 40)).ReadAsync();
        TokenStream next = engine.Submit(TinyEngine.Ask([.. System, .. answer, 5, 6, 7], adapter, 4));
        await next.ReadAsync();
        Assert.Equal(isFound ? (100 + 39) / BlockTokens * BlockTokens : 96, next.CachedPromptTokens);
    }

    [Fact]
    public async Task A_score_has_all_its_numbers_after_a_text_that_begins_equally()
    {
        using Engine engine = Load();
        using Engine fresh = Load(prefixCache: false);
        await AskAsync(engine, Wide);
        ScoreResult expected = await fresh.ScoreAsync(System, Wide, TestContext.Current.CancellationToken);
        ScoreResult score = await engine.ScoreAsync(System, Wide, TestContext.Current.CancellationToken);
        Assert.Equal(System.Length - 1, score.Logprobs.Count);
        Assert.Equal(expected.Logprobs, score.Logprobs);
        Assert.Equal(expected.Top, score.Top);
    }

    [Fact]
    public async Task Where_torch_composes_the_step_a_hit_gives_the_same_within_its_tolerance()
    {
        using Engine engine = Load(o => o with { UseTorchKernels = true });
        foreach (string? name in (string?[])[null, .. engine.Adapters.Select(a => a.Name)])
        {
            var answers = new List<GeneratedToken[]>();
            for (int i = 0; i < 2; i++)
            {
                TokenStream stream = engine.Submit(TinyEngine.Ask(System, name) with { Logprobs = true });
                answers.Add(await stream.ToArrayAsync(TestContext.Current.CancellationToken));
                Assert.Equal(96 * i, stream.CachedPromptTokens);
            }

            Assert.Equal(answers[0][0].Logprob!.Value, answers[1][0].Logprob!.Value, 2e-4f);
        }
    }

    [Fact]
    public async Task Blocks_that_are_kept_count_as_free_and_go_when_others_are_needed()
    {
        using Engine engine = Load(o => o with { KvTokens = 160 });
        await AskAsync(engine, null);
        Assert.Equal((10, 10), await FreeBlocksAsync(engine));
        Assert.Equal(6, (await engine.ReadCountersAsync()).CachedBlocks);
        await engine.Submit(TinyEngine.Ask([.. System.Reverse()], null, 50)).ReadAsync();
        Assert.Equal((10, 10), await FreeBlocksAsync(engine));
        Assert.True((await engine.ReadCountersAsync()).EvictedBlocks > 0);
    }

    [Fact]
    public async Task Switched_off_every_prompt_is_computed_whole()
    {
        using Engine engine = Load(prefixCache: false);
        await AskAsync(engine, null);
        Assert.Equal(0, (await AskAsync(engine, null)).Cached);
        Assert.Equal(0, (await engine.ReadCountersAsync()).CachedBlocks);
    }

    private static Engine Load(Func<EngineOptions, EngineOptions>? change = null, bool prefixCache = true) =>
        TinyEngine.Load(change: o => (change?.Invoke(o) ?? o) with { BlockTokens = BlockTokens, PrefixCache = prefixCache });

    private static async Task<(int[] Ids, int Cached)> AskAsync(Engine engine, string? adapter)
    {
        TokenStream stream = engine.Submit(TinyEngine.Ask(System, adapter));
        return (await stream.ReadAsync(), stream.CachedPromptTokens);
    }

    private static async Task<(int Free, int Total)> FreeBlocksAsync(Engine engine)
    {
        var occupancy = await engine.ReadOccupancyAsync();
        return (occupancy.FreeBlocks, occupancy.TotalBlocks);
    }
}
