using System.Text.Json;
using FLoRA.TestData;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>A real engine on tinycoder whose steps fail as a whole, and that goes on serving.</summary>
public class DeviceFaultTests
{
    private static readonly Golden[] Cases = [.. ReadCases()];

    [Fact]
    public async Task A_fault_in_mid_stream_fails_the_sequences_of_its_step_and_nobody_else()
    {
        using var held = new HeldEngine(o => Coder(o) with { MaxSequences = 2, DecorateForward = forward => new FailingForward(forward, call => call == 5) });
        TokenStream first = await held.HoldAsync(Ask(Cases[0])); // call 0
        TokenStream second = held.Engine.Submit(Ask(Cases[1])), waiting = held.Engine.Submit(Ask(Cases[2]));
        held.Go();

        Assert.Equal(Cases[0].Greedy.Take(5), await ReadToTheFaultAsync(first));
        Assert.Equal(Cases[1].Greedy.Take(4), await ReadToTheFaultAsync(second)); // from call 1 on
        Assert.Equal(Cases[2].Greedy, await waiting.ReadAsync());
        await held.Engine.AssertIdleAsync();
        foreach (Golden golden in Cases)
            Assert.Equal(golden.Greedy, await held.Engine.Submit(Ask(golden)).ReadAsync());
        await held.Engine.AssertIdleAsync();
    }

    [Fact]
    public async Task While_every_step_fails_each_request_fails_and_afterwards_all_is_well()
    {
        bool fails = true;
        using Engine engine = TinyEngine.Load(change: o => Coder(o) with { LostAfterFailedSteps = null, DecorateForward = forward => new FailingForward(forward, _ => Volatile.Read(ref fails)) });
        for (int round = 0; round < 3; round++)
        {
            foreach (TokenStream stream in (TokenStream[])[.. Cases.Select(golden => engine.Submit(Ask(golden)))])
                Assert.Empty(await ReadToTheFaultAsync(stream));
            var error = await Assert.ThrowsAsync<EngineFaultException>(() => engine.ScoreAsync(Cases[0].Tokens, Cases[0].Adapter, TestContext.Current.CancellationToken));
            Assert.True(error.IsDeviceFault);
        }

        await engine.AssertIdleAsync();
        Volatile.Write(ref fails, false);
        TokenStream[] streams = [.. Cases.Select(golden => engine.Submit(Ask(golden)))];
        for (int i = 0; i < Cases.Length; i++)
            Assert.Equal(Cases[i].Greedy, await streams[i].ReadAsync());
        await engine.AssertIdleAsync();
        engine.Dispose();
        Assert.Equal(0, engine.LiveTensorsAfterDispose);
    }

    private static EngineOptions Coder(EngineOptions options) => options with
    {
        Model = Path.Combine(RepositoryData.TinyCoder, "model"),
        AdapterFolders = [Path.Combine(RepositoryData.TinyCoder, "adapters")],
        KvTokens = 2048,
    };

    private static Request Ask(Golden golden) => TinyEngine.Ask(golden.Tokens, golden.Adapter, golden.Greedy.Length);

    private static async Task<int[]> ReadToTheFaultAsync(TokenStream stream)
    {
        var before = new List<int>();
        var error = await Assert.ThrowsAsync<EngineFaultException>(async () =>
        {
            await foreach (GeneratedToken token in stream.WithCancellation(TestContext.Current.CancellationToken))
                before.Add(token.Id);
        });
        Assert.True(error.IsDeviceFault);
        Assert.EndsWith("failed: injected fault", error.Message, StringComparison.Ordinal);
        Assert.Null(stream.FinishReason);
        return [.. before];
    }

    /// <summary>Three prompts of different adapters with their greedy tokens.</summary>
    private static IEnumerable<Golden> ReadCases()
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllText(Path.Combine(RepositoryData.TinyCoder, "cases.json")));
        foreach (JsonElement golden in file.RootElement.GetProperty("cases").EnumerateArray().DistinctBy(golden => golden.GetProperty("adapter").GetString()).Take(3))
            yield return new Golden(golden.GetProperty("adapter").GetString(), Integers(golden, "tokens"), Integers(golden, "greedy"));
    }

    private static int[] Integers(JsonElement golden, string name) => [.. golden.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];

    private sealed record Golden(string? Adapter, int[] Tokens, int[] Greedy);
}
