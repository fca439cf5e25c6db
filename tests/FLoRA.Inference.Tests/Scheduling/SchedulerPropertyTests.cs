using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

public sealed class SchedulerPropertyTests
{
    private const string Seed = "20240507,7";

    /// <summary>Invariants in every step; everything that fits ends; outputs as if each request were alone.</summary>
    [Property(Arbitrary = [typeof(Scenarios)], MaxTest = 400, Replay = Seed)]
    public void Every_request_ends_with_the_output_it_has_alone(Scenario scenario)
    {
        Simulation simulation = new Simulation(scenario).Run();
        for (int i = 0; i < scenario.Requests.Count; i++)
        {
            RequestShape shape = scenario.Requests[i];
            IReadOnlyList<int> alone = CacheModel.Alone(Sequences.Create(i, shape.Prompt, shape.New).Tokens, shape.New);
            if (shape.CancelAfter is null)
                Assert.Equal(alone, simulation.Streams[i]);
            else
                Assert.Equal(alone.Take(simulation.Streams[i].Count), simulation.Streams[i]);
        }
    }

    [Property(Arbitrary = [typeof(Scenarios)], MaxTest = 100, Replay = Seed)]
    public void A_pool_with_room_for_all_gives_the_same_tokens(Scenario scenario)
    {
        Scenario patient = scenario with { Requests = [.. scenario.Requests.Select(r => r with { CancelAfter = null })] };
        Simulation roomy = new Simulation(patient.Roomy).Run();
        Assert.Equal(0, roomy.Preemptions);
        Assert.Equal(roomy.Streams, new Simulation(patient).Run().Streams);
    }

    [Property(Arbitrary = [typeof(Scenarios)], MaxTest = 50, Replay = Seed)]
    public void The_same_load_gives_the_same_steps(Scenario scenario) =>
        Assert.Equal(new Simulation(scenario).Run().Trace, new Simulation(scenario).Run().Trace);

    /// <summary>The properties above would prove little if their loads never preempted, cut a prompt or reached the bound.</summary>
    [Fact]
    public void The_generated_loads_preempt_chunk_and_reach_the_bound()
    {
        int preempting = 0, chunking = 0, bounded = 0;
        foreach (Scenario scenario in Scenarios.Tight().Generator.Sample(400, new Rnd(20240507, 7), 50))
        {
            Simulation simulation = new Simulation(scenario).Run();
            preempting += simulation.Preemptions > 0 ? 1 : 0;
            chunking += simulation.Chunks > 0 ? 1 : 0;
            bounded += simulation.MostPassed == Scheduler.MaxAdmittedPast ? 1 : 0;
        }
        Assert.True(preempting > 100 && chunking > 100 && bounded > 20, $"of 400 loads {preempting} preempt, {chunking} cut a prompt, {bounded} reach the bound");
    }
}
