using CodeAgent.Agent;
using CodeAgent.Languages;
using CodeAgent.Sandbox;

namespace CodeAgent.Tests.Agent;

public sealed class EvalSetTests
{
    private static readonly IReadOnlyList<CodingTask> _tasks = EvalSet.Load(TestRun.Embedded.EvalSets, LanguageTable.All);

    [Fact]
    public void The_embedded_sets_hold_the_same_hundred_problems_in_ten_languages()
    {
        _tasks.Count.ShouldBe(100);
        _tasks.ShouldAllBe(t => t.ByLanguage.Count == 10);
        _tasks[3].Description.ShouldBe("Is there a value in scores that is between 3 and 12?");
        EvalSet.Load(TestRun.Embedded.EvalSets, [TestRun.Language("php")])[3].Description.ShouldBe(_tasks[3].Description);
        EvalSet.Load(TestRun.Embedded.EvalSets, [TestRun.Language("rkt")])[3].Description.ShouldBe(_tasks[3].Description);
    }

    [Fact]
    public void A_seed_chooses_the_same_problems_every_time()
    {
        EvalSet.Choose(_tasks, 5, 7).Select(t => t.Name).ShouldBe(EvalSet.Choose(_tasks, 5, 7).Select(t => t.Name));
        EvalSet.Choose(_tasks, 5, 7).Select(t => t.Name).ShouldNotBe(EvalSet.Choose(_tasks, 5, 8).Select(t => t.Name));
        EvalSet.Choose(_tasks, 100, 7).Select(t => t.Name).Distinct().Count().ShouldBe(100);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(101)]
    public void Too_many_or_no_problems_are_refused(int count) =>
        Should.Throw<UsageException>(() => EvalSet.Choose(_tasks, count, 1)).Message.ShouldContain($"got {count}");

    [Theory]
    [InlineData("{ \"name\": 1 }")]
    [InlineData("{}")]
    [InlineData("")]
    public void Malformed_sets_are_refused_by_name(string content)
    {
        using var folder = new SandboxFolder();
        folder.Write("lua.jsonl", content);

        Should.Throw<UsageException>(() => EvalSet.Load(folder.Path, [TestRun.Language("lua")])).Message.ShouldContain("lua.jsonl");
    }

    [Fact]
    public void A_missing_set_is_refused_by_name()
    {
        using var folder = new SandboxFolder();

        Should.Throw<UsageException>(() => EvalSet.Load(folder.Path, [TestRun.Language("lua")])).Message.ShouldContain("lua.jsonl");
    }
}
