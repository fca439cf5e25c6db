using FsCheck.Fluent;
using FsCheck.Xunit;

namespace FLoRA.Inference.Tests.Scheduling;

/// <summary>The properties of <see cref="SchedulerPropertyTests"/> under loads whose prompts begin alike: blocks are shared, kept, evicted and dropped, and nobody notices.</summary>
public sealed class PrefixPropertyTests
{
    private const string Seed = "20261126,9";

    private readonly SchedulerPropertyTests _properties = new();

    [Property(Arbitrary = [typeof(AlikeScenarios)], MaxTest = 300, Replay = Seed)]
    public void Every_request_ends_with_the_output_it_has_alone(Scenario scenario) => _properties.Every_request_ends_with_the_output_it_has_alone(scenario);

    [Property(Arbitrary = [typeof(AlikeScenarios)], MaxTest = 75, Replay = Seed)]
    public void A_pool_with_room_for_all_gives_the_same_tokens(Scenario scenario) => _properties.A_pool_with_room_for_all_gives_the_same_tokens(scenario);

    [Property(Arbitrary = [typeof(AlikeScenarios)], MaxTest = 25, Replay = Seed)]
    public void The_same_load_gives_the_same_steps(Scenario scenario) => _properties.The_same_load_gives_the_same_steps(scenario);

    /// <summary>The properties above would prove little if their scenarios never shared, evicted or preempted.</summary>
    [Fact]
    public void The_generated_loads_share_evict_and_preempt()
    {
        int sharing = 0, evicting = 0, preempting = 0;
        foreach (Scenario scenario in Gen.Sample(AlikeScenarios.Alike().Generator, 200, 50))
        {
            Simulation simulation = new Simulation(scenario).Run();
            sharing += simulation.SharedTokens > 0 ? 1 : 0;
            evicting += simulation.EvictedBlocks > 0 ? 1 : 0;
            preempting += simulation is { Preemptions: > 0, SharedTokens: > 0 } ? 1 : 0;
        }

        Assert.True(sharing > 50 && evicting > 50 && preempting > 25, $"of 200 loads {sharing} share, {evicting} evict, {preempting} share and preempt");
    }
}
