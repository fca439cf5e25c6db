using FLoRA.Inference.Adapters;
using FLoRA.Inference.Execution;
using FLoRA.Inference.Kernels;
using FLoRA.Inference.Models;
using FLoRA.Inference.Native;
using FLoRA.Inference.Sampling;
using FLoRA.Inference.Scheduling;
using FLoRA.Inference.Tests.Adapters;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>Faults of the forward pass, injected by a hand-written model under the real core, stepped on the test's own thread.</summary>
public sealed class FaultTests : IDisposable
{
    private const int Vocabulary = 10, BlockTokens = 4;

    private readonly QueueGate _queue = new(null, null, TimeProvider.System);
    private readonly FakeForward _forward = new();
    private readonly EngineCore _core;
    private long _lastId;

    public FaultTests()
    {
        NativeRuntime.EnsureLoaded();
        DecoderBlueprint blueprint = ModelConfigReader.Read(Path.Combine(TinyEngine.Folder(), "model")) with { VocabularySize = Vocabulary, EosTokens = [9] };
        var cache = new KvCache(1, 8, BlockTokens, 1, 2, ScalarType.Float32, CPU);
        var bank = new AdapterBank([(new ModuleBlueprint("m", 2, 2, false), null)], CPU, ScalarType.Float32);
        var model = new LoadedModel
        {
            Blueprint = blueprint,
            ParameterCount = 0,
            Cache = cache,
            Bank = bank,
            Batch = new Batch(cache, 32, 8, 8, CPU),
            BatchAdapters = new BatchAdapters(bank, ScalarType.Float32, CPU, gatherScales: true),
            Forward = _forward,
            LogitReader = new Sampler(),
        };
        _core = new EngineCore(model, TestStore.Of(), _queue, new SchedulerOptions { MaxRows = 32, MaxSequences = 2, BlockCount = 8, BlockTokens = BlockTokens }, null);
    }

    public void Dispose() => _core.Dispose();

    [Fact]
    public async Task A_forward_fault_fails_the_sequences_of_its_step_and_nobody_else()
    {
        TokenStream[] streams = [.. Enumerable.Range(0, 4).Select(_ => Enqueue(newTokens: 3))];
        _forward.FailAtCall = 1; // the second step: two sequences run, two wait
        RunToTheEnd();
        foreach (TokenStream failed in streams[..2])
        {
            var error = await Assert.ThrowsAsync<EngineFaultException>(failed.ReadAsync);
            Assert.Contains("injected", error.Message, StringComparison.Ordinal);
            Assert.True(error.IsDeviceFault);
        }

        foreach (TokenStream whole in streams[2..])
            Assert.Equal((int[])[1, 1, 1], await whole.ReadAsync());
    }

    [Fact]
    public async Task Logits_that_are_not_finite_fail_their_own_sequence_only()
    {
        TokenStream sick = Enqueue(newTokens: 3), well = Enqueue(newTokens: 3);
        _forward.SpoilRowAtCall = (Call: 1, Row: 0);
        RunToTheEnd();
        var error = await Assert.ThrowsAsync<EngineFaultException>(sick.ReadAsync);
        Assert.Contains("not finite", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsDeviceFault);
        Assert.Equal((int[])[1, 1, 1], await well.ReadAsync());
    }

    [Fact]
    public async Task What_is_not_finite_is_never_found_by_others()
    {
        _forward.SpoilRowAtCall = (Call: 1, Row: 0);
        TokenStream sick = Enqueue(newTokens: 3, prompt: [1, 2, 3, 4, 5]);
        RunToTheEnd();
        await Assert.ThrowsAsync<EngineFaultException>(sick.ReadAsync);
        TokenStream well = Enqueue(newTokens: 3, prompt: [1, 2, 3, 4, 5]), again = Enqueue(newTokens: 3, prompt: [1, 2, 3, 4, 5]);
        RunToTheEnd();
        TokenStream last = Enqueue(newTokens: 3, prompt: [1, 2, 3, 4, 5]);
        RunToTheEnd();
        Assert.Equal((0, 0, 4), (well.CachedPromptTokens, again.CachedPromptTokens, last.CachedPromptTokens));
        Assert.Equal(await well.ReadAsync(), await last.ReadAsync());
    }

    [Fact]
    public async Task The_end_token_stops_and_is_not_given_out_unless_ignored()
    {
        _forward.Token = 9;
        TokenStream stopped = Enqueue(newTokens: 3), ignored = Enqueue(newTokens: 2, ignoreEos: true);
        RunToTheEnd();
        Assert.Empty(await stopped.ReadAsync());
        Assert.Equal(FinishReason.Stop, stopped.FinishReason);
        Assert.Equal((int[])[9, 9], await ignored.ReadAsync());
        Assert.Equal(FinishReason.Length, ignored.FinishReason);
    }

    private TokenStream Enqueue(int newTokens, bool ignoreEos = false, int[]? prompt = null)
    {
        prompt ??= [1, 2, 3];
        var request = new Request { PromptTokens = prompt, MaxNewTokens = newTokens, IgnoreEos = ignoreEos, Sampling = new() { Seed = 0 } };
        var stream = new TokenStream(++_lastId, prompt.Length, null);
        _queue.Enter(prompt.Length);
        _core.Enqueue(new Sequence(request, stream, 1, prompt.Length + newTokens) { PrefixRoot = PrefixKey.Root(null) }, null);
        return stream;
    }

    private void RunToTheEnd()
    {
        for (int step = 0; _core.Step(); step++)
            Assert.True(step < 100, "the engine does not come to an end");
        Assert.Equal(new EngineOccupancy(0, 0, 8, 8, 0, 0, 0), _core.Occupancy);
    }

    /// <summary>Always prefers one token; fails or spoils on command.</summary>
    private sealed class FakeForward : IForwardPass
    {
        private int _calls;

        public int Token { get; set; } = 1;

        public int FailAtCall { get; set; } = -1;

        public (int Call, int Row) SpoilRowAtCall { get; set; } = (-1, 0);

        public Tensor? Forward(Batch batch, BatchAdapters adapters)
        {
            int call = _calls++;
            if (call == FailAtCall)
                throw new InvalidOperationException("injected fault");
            if (batch.LogitRows is not { } rows)
                return null;
            Tensor logits = zeros(rows.size(0), Vocabulary);
            logits.narrow(1, Token, 1).fill_(5);
            if (call == SpoilRowAtCall.Call)
                logits.narrow(0, SpoilRowAtCall.Row, 1).fill_(float.NaN);
            return logits;
        }

        public void Dispose()
        {
        }
    }
}
