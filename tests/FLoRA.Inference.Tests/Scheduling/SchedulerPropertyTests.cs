using FsCheck.Xunit;

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
            IReadOnlyList<int> alone = CacheModel.Alone(Sequences.Of(i, shape), shape.New);
            if (shape.CancelAfter is null)
                Assert.Equal(alone.Take(shape.SickOutput ?? shape.New), simulation.Streams[i]);
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

    /// <summary>The properties above would prove little if their scenarios never preempted, waited or cut a prompt.</summary>
    [Fact]
    public void The_generated_loads_preempt_and_chunk()
    {
        int preempting = 0, chunked = 0;
        foreach (Scenario scenario in FsCheck.Fluent.Gen.Sample(Scenarios.Tight().Generator, 200, 50))
        {
            Simulation simulation = new Simulation(scenario).Run();
            preempting += simulation.Preemptions > 0 ? 1 : 0;
            chunked += simulation.Trace.Count > scenario.Requests.Count ? 1 : 0;
        }
        Assert.True(preempting > 50 && chunked > 50, $"of 200 loads {preempting} preempt, {chunked} chunk");
    }
}
