using FsCheck.Fluent;
using FsCheck.Xunit;

namespace FLoRA.Inference.Tests.Scheduling;

public sealed class AudioPropertyTests
{
    private const string Seed = "20240507,7";

    /// <summary>Invariants in every step; everything that fits ends; outputs as if each request were alone.</summary>
    [Property(Arbitrary = [typeof(AudioScenarios)], MaxTest = 500, Replay = Seed)]
    public void Every_recording_ends_with_the_output_it_has_alone(AudioScenario scenario)
    {
        AudioSimulation simulation = new AudioSimulation(scenario).Run();
        for (int i = 0; i < scenario.Requests.Count; i++)
        {
            AudioShape shape = scenario.Requests[i];
            IReadOnlyList<int> alone = AudioModel.Alone(simulation.Sequences[i], scenario.Positions, shape.New);
            Assert.Equal(shape.IsLeftAlone || simulation.HasFound(simulation.Sequences[i]) ? alone : alone.Take(simulation.Streams[i].Count), simulation.Streams[i]);
            // A search gives out nothing before its end.
            Assert.True(shape.Beams == 0 || simulation.HasFound(simulation.Sequences[i]) || simulation.Streams[i].Count == 0);
        }
    }

    [Property(Arbitrary = [typeof(AudioScenarios)], MaxTest = 200, Replay = Seed)]
    public void With_room_for_all_each_recording_is_encoded_once_under_each_adapter(AudioScenario scenario)
    {
        AudioScenario patient = scenario with { Requests = [.. scenario.Requests.Select(r => r with { CancelAfter = null, SickAfter = null })] };
        AudioSimulation simulation = new AudioSimulation(patient.Roomy).Run();
        Assert.Equal(0, simulation.Preemptions);
        Assert.Equal(patient.Units * patient.Requests.Select(r => (r.Audio, r.Adapter)).Distinct().Count(), simulation.UnitsRun);
    }

    /// <summary>The properties above would prove little if their loads never preempted, shared, dropped or reset.</summary>
    [Fact]
    public void The_generated_loads_do_all_that_is_guarded_against()
    {
        int preempting = 0, reusing = 0, resetting = 0, sick = 0, copying = 0, restarting = 0, left = 0;
        foreach (AudioScenario scenario in Gen.Sample(AudioScenarios.Tight().Generator, 300, 50))
        {
            AudioSimulation simulation = new AudioSimulation(scenario).Run();
            preempting += simulation.Preemptions > 0 ? 1 : 0;
            reusing += simulation.Reuses > 0 ? 1 : 0;
            copying += simulation.Copies > 0 ? 1 : 0;
            restarting += simulation.PreemptedSearches > 0 ? 1 : 0;
            left += simulation.CancelledSearches > 0 ? 1 : 0;
            resetting += simulation.Resets > 0 ? 1 : 0;
            sick += scenario.Requests.Zip(simulation.Streams).Any(r => r.First is { CancelAfter: null, Beams: 0 } && r.Second.Count < r.First.New) ? 1 : 0;
        }

        Assert.True(copying > 25 && restarting > 25 && left > 25, $"of 300 loads {copying} copy blocks, {restarting} preempt a search, {left} cancel one that has parted");
        Assert.True(preempting > 25 && reusing > 25 && resetting > 25 && sick > 25, $"of 300 loads {preempting} preempt, {reusing} reuse, {resetting} reset, {sick} have a sick recording");
    }
}
