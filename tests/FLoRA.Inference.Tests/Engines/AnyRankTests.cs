using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>fLoRA and LoRA of every rank beside the base in one batch: each gives what it gives alone, bit for bit, and their ranks are felt.</summary>
public sealed class AnyRankTests
{
    private static readonly int[] Ranks = [1, 2, 3, 7, 8, 16, 33, 64, 128];

    [Theory, InlineData("float32"), InlineData("int8")]
    public async Task Any_rank_in_one_batch_gives_what_it_gives_alone(string dtype)
    {
        var batched = new HashSet<long>();
        using Engine engine = TinyEngine.Load(change: o => o with
        {
            AdapterFolders = [],
            DType = dtype,
            MaxRows = 512,
            Trace = step => batched.UnionWith(step.DecodeTokens == (2 * Ranks.Length) + 1 ? step.Sequences : []),
        });
        DecoderBlueprint blueprint = ModelConfigReader.Read(Path.Combine(TinyEngine.Folder(), "model"));
        foreach (int rank in Ranks)
        {
            engine.RegisterAdapter($"flora {rank}", Flora(rank, blueprint));
            engine.RegisterAdapter($"lora {rank}", Lora(rank, blueprint));
        }

        Request[] requests = [.. engine.Adapters.Select(a => (string?)a.Name).Append(null).Select((name, n) => TinyEngine.Ask([5, 6, 7 + n, 8], name, 6) with { Logprobs = true })];
        TokenStream[] streams;
        using (engine.HoldSteps())
            streams = [.. requests.Select(engine.Submit)];
        GeneratedToken[][] together = await Task.WhenAll(streams.Select(ReadTokensAsync));
        for (int i = 0; i < requests.Length; i++)
        {
            GeneratedToken[] alone = await ReadTokensAsync(engine.Submit(requests[i])), plain = await ReadTokensAsync(engine.Submit(requests[i] with { Adapter = null }));
            Assert.Equal(alone.Select(t => (t.Id, t.Logprob)), together[i].Select(t => (t.Id, t.Logprob)));
            Assert.Equal(requests[i].Adapter is null, alone[0].Logprob == plain[0].Logprob);
        }

        await engine.ReadCountersAsync();
        Assert.Superset(streams.Select(s => s.RequestId).ToHashSet(), batched);
        Assert.Equal(requests.Length, batched.Count);
    }

    private static Adapter Flora(int rank, DecoderBlueprint blueprint) => Of(AdapterKind.Flora, rank, blueprint, (m, numbers) => new ModuleAdapter
    {
        Path = m.Path,
        RowCount = rank,
        OutputScale = numbers(rank * m.OutFeatures, 1f / rank, 0.2f / rank),
        InputScale = numbers(rank * m.InFeatures, 1, 0.2f),
    });

    private static Adapter Lora(int rank, DecoderBlueprint blueprint) => Of(AdapterKind.Lora, rank, blueprint, (m, numbers) => new ModuleAdapter
    {
        Path = m.Path,
        RowCount = 1,
        AdditiveRank = rank,
        Down = numbers(rank * m.InFeatures, 0, 0.1f),
        Up = numbers(rank * m.OutFeatures, 0, 0.1f),
    });

    private static Adapter Of(AdapterKind kind, int rank, DecoderBlueprint blueprint, Func<ModuleBlueprint, Func<int, float, float, float[]>, ModuleAdapter> module)
    {
        var random = new Random(rank);
        float[] Numbers(int count, float middle, float spread) => [.. Enumerable.Range(0, count).Select(_ => middle + ((random.NextSingle() - 0.5f) * spread))];
        return new Adapter
        {
            Folder = "",
            Kind = kind,
            Rank = rank,
            Modules = [.. blueprint.Modules.Select(m => module(m, Numbers))],
            ParameterCount = 0,
            ContentHash = $"{kind} {rank}",
        };
    }

    private static async Task<GeneratedToken[]> ReadTokensAsync(TokenStream stream)
    {
        var tokens = new List<GeneratedToken>();
        await foreach (GeneratedToken token in stream.WithCancellation(TestContext.Current.CancellationToken))
            tokens.Add(token);
        return [.. tokens];
    }
}
