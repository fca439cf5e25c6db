using System.Text.Json;
using CodeAgent.Agent;
using CodeAgent.Sandbox;
using CodeAgent.View;

namespace CodeAgent.Tests.View;

public sealed class ResultTests
{
    private static readonly LanguageScore[] _scores = [Score("py", null, ran: true), Score("rkt", "rkt-flora-r4", ran: false)];

    [Fact]
    public void The_table_fits_80_columns_and_never_counts_what_did_not_run()
    {
        IReadOnlyList<string> lines = ResultTable.Lines(_scores);

        lines.ShouldAllBe(l => l.Length <= 80);
        lines.ShouldBe([
            "language  adapter           ran passed tries tokens tokens/s seq/batch =ref",
            "py        base              1/1    1/1     2     30     15.0       6.0  0/1",
            "rkt       rkt-flora-r4  not run      -     2     30     15.0       6.0  1/1",
        ], string.Join('\n', lines));
    }

    [Fact]
    public void A_program_without_tests_ran_and_did_not_pass()
    {
        var score = new LanguageScore("sh", null);
        score.Add([new Attempt(1, "", 1, TimeSpan.FromSeconds(1), default, new SandboxResult(SandboxOutcome.Exited, 0, "", TimeSpan.Zero, 0), IsTested: false, null)]);

        score.Passed.ShouldBe(0);
        ResultTable.Cells([score])[1].ShouldBe(["sh", "base", "1/1", "-", "1", "1", "1.0", "0.0", "-"]);
    }

    [Fact]
    public void The_file_holds_the_agreed_fields()
    {
        using var json = JsonDocument.Parse(ResultJson.Write(_scores));

        JsonElement[] rows = [.. json.RootElement.EnumerateArray()];
        rows[0].EnumerateObject().Select(p => p.Name).ShouldBe(["language", "adapter", "ran", "passed", "total", "tries", "tokens", "tokens_per_s"]);
        rows[0].GetProperty("adapter").ValueKind.ShouldBe(JsonValueKind.Null);
        rows[0].GetProperty("passed").GetInt32().ShouldBe(1);
        rows[1].GetProperty("ran").GetInt32().ShouldBe(0);
        rows[1].GetProperty("passed").GetInt32().ShouldBe(0);
        rows[1].GetProperty("tokens_per_s").GetDouble().ShouldBe(15);
    }

    private static LanguageScore Score(string language, string? adapter, bool ran)
    {
        var score = new LanguageScore(language, adapter);
        var failed = new SandboxResult(SandboxOutcome.Exited, 1, "", TimeSpan.Zero, 0);
        score.Add([
            new Attempt(1, "", 10, TimeSpan.FromSeconds(1), new BatchCount(10, 50), ran ? failed : null, true, false),
            new Attempt(2, "", 20, TimeSpan.FromSeconds(1), new BatchCount(10, 70), ran ? failed with { Code = 0 } : null, true, !ran),
        ]);
        return score;
    }
}
