namespace FLoRA.Bench.Serving;

/// <summary>
/// All arms, interleaved round by round in one process, so that whatever else the machine does meets all of them; each round
/// begins with another arm. The first rounds warm up and are dropped.
/// </summary>
internal static class ServingExperiment
{
    /// <summary>Measures <paramref name="rounds"/> rounds of every arm.</summary>
    /// <returns>Per arm its rounds, in order: round i of one arm and round i of another are a pair.</returns>
    public static async Task<IReadOnlyDictionary<string, IReadOnlyList<Round>>> RunAsync(
        ArmRun run, IReadOnlyList<Arm> arms, int warmupRounds, int rounds, CancellationToken cancellationToken)
    {
        var measured = arms.ToDictionary(arm => arm.Name, _ => new List<Round>());
        for (int round = -warmupRounds; round < rounds; round++)
        {
            for (int i = 0; i < arms.Count; i++)
            {
                Arm arm = arms[(i + round + warmupRounds) % arms.Count];
                Round result = await run.RunAsync(arm, cancellationToken);
                if (round >= 0)
                    measured[arm.Name].Add(result);
            }

            await Console.Error.WriteLineAsync(round < 0 ? "warm-up" : $"round {round + 1} of {rounds}");
        }

        return measured.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<Round>)pair.Value);
    }
}
