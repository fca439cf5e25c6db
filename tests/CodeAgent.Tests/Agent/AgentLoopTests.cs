using CodeAgent.Agent;
using CodeAgent.Languages;

namespace CodeAgent.Tests.Agent;

public sealed class AgentLoopTests
{
    private static readonly Toolchain _tool = new("tool");
    private readonly RecordingView _view = new();

    [Fact]
    public async Task A_first_completion_that_passes_is_greedy_and_the_only_one()
    {
        var model = new FakeModel(_ => "ok");
        var runner = new FakeRunner(_ => true);
        LanguageScore score = await RunAsync(model, runner, ["lua"], ["lua"]);

        ModelCall call = model.Calls.ShouldHaveSingleItem();
        call.Prompt.ShouldBe("lua: a < b && \"c\" -- it's {{code}}\n");
        call.Settings.AdapterId.ShouldBe("lua-adapter");
        call.Settings.Temperature.ShouldBe(0);
        call.Settings.Seed.ShouldBeNull();
        call.Settings.StopSequences.ShouldBe(["\nend of lua"]);
        runner.Programs.ShouldHaveSingleItem().ShouldBe(call.Prompt + "ok\ntests of lua");
        (score.Ran, score.Passed, score.Total, score.Tries, score.Tokens, score.EqualToReference).ShouldBe((1, 1, 1, 1, 2L, 1));
        _view.Events.ShouldBe(["task 1/1 name", "lua attempt 1", "lua text o", "lua text k", "lua run", "lua passed"]);
    }

    [Fact]
    public async Task A_failure_is_written_again_with_sampling_and_a_new_seed_each_time()
    {
        int calls = 0;
        var model = new FakeModel(_ => $"v{Interlocked.Increment(ref calls)}");
        LanguageScore score = await RunAsync(model, new FakeRunner(p => p.Contains("v3")), ["rb"], ["rb"], tries: 5);

        model.Calls.Count.ShouldBe(3);
        model.Calls.Skip(1).ShouldAllBe(c => c.Settings.Temperature > 0 && c.Settings.Seed != null && c.Settings.AdapterId == "rb-adapter");
        model.Calls.Select(c => c.Settings.Seed).Distinct().Count().ShouldBe(3);
        (score.Ran, score.Passed, score.Total, score.Tries, score.EqualToReference).ShouldBe((1, 1, 1, 3, 0));
    }

    [Fact]
    public async Task The_tries_have_an_end()
    {
        var model = new FakeModel(_ => "bad");
        LanguageScore score = await RunAsync(model, new FakeRunner(_ => false), ["rb"], ["rb"], tries: 4);

        model.Calls.Count.ShouldBe(4);
        (score.Ran, score.Passed, score.Total, score.Tries).ShouldBe((1, 0, 1, 4));
    }

    [Fact]
    public async Task The_same_seed_samples_the_same()
    {
        var first = new FakeModel(_ => "bad");
        var second = new FakeModel(_ => "bad");
        var other = new FakeModel(_ => "bad");
        await RunAsync(first, new FakeRunner(_ => false), ["rb"], ["rb"], seed: 5);
        await RunAsync(second, new FakeRunner(_ => false), ["rb"], ["rb"], seed: 5);
        await RunAsync(other, new FakeRunner(_ => false), ["rb"], ["rb"], seed: 6);

        second.Calls.Select(c => c.Settings.Seed).ShouldBe(first.Calls.Select(c => c.Settings.Seed));
        other.Calls.Select(c => c.Settings.Seed).ShouldNotBe(first.Calls.Select(c => c.Settings.Seed));
    }

    [Fact]
    public async Task A_language_without_a_tool_is_not_run_never_passes_and_is_compared_with_the_reference()
    {
        var model = new FakeModel(_ => "ok");
        var runner = new FakeRunner(_ => true);
        LanguageScore score = await RunAsync(model, runner, ["rkt"], []);

        runner.Programs.ShouldBeEmpty();
        (score.Ran, score.Passed, score.Total, score.Tries, score.EqualToReference).ShouldBe((0, 0, 1, 1, 1));
        _view.Events.Last().ShouldBe("rkt not run");
    }

    [Fact(Timeout = 30_000)]
    public async Task All_languages_are_asked_at_the_same_time()
    {
        // Nobody is answered before all three have asked.
        var all = new TaskCompletionSource();
        int asked = 0;
        var model = new FakeModel(async _ =>
        {
            if (Interlocked.Increment(ref asked) == 3)
                all.SetResult();
            await all.Task.WaitAsync(TestContext.Current.CancellationToken);
            return "ok";
        });
        await RunAsync(model, new FakeRunner(_ => true), ["rb", "pl", "lua"], ["rb", "pl", "lua"]);

        model.Calls.Select(c => c.Settings.AdapterId).Order().ShouldBe(["lua-adapter", "pl-adapter", "rb-adapter"]);
    }

    private async Task<LanguageScore> RunAsync(FakeModel model, IProgramRunner runner, string[] ids, string[] withTool, int tries = 3, int seed = 1)
    {
        (Language Language, LanguageScore Score)[] languages = [.. ids.Select(id => (TestRun.Language(id), new LanguageScore(id, id + "-adapter")))];
        var loop = new AgentLoop(
            ids.ToDictionary(id => id, id => model.Coder(id, id + "-adapter")), runner, withTool.ToDictionary(id => id, _ => _tool), _view, tries, seed);
        var task = new CodingTask("name", "description", ids.ToDictionary(
            id => id, id => new LanguageTask($"{id}: a < b && \"c\" -- it's {{{{code}}}}\n", $"tests of {id}", [$"\nend of {id}"], IsTested: true, "ok\n")));
        await loop.RunAsync([task], languages, TestContext.Current.CancellationToken);
        return languages[0].Score;
    }
}
