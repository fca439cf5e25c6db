using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>
/// A step that fails, for every kind of cause: its sequences fail, those that wait are answered, and the engine serves on with nothing lost. Real causes: libtorch refuses an operation, and
/// memory that nobody has is asked for.
/// </summary>
public sealed class ForwardFaultKindTests
{
    private static readonly int[] Prompt = [62, 24, 171, 6, 140];

    private static readonly Dictionary<string, Action> Faults = new()
    {
        ["managed"] = () => throw new InvalidOperationException("injected"),
        ["native"] = () => zeros(2, 3).mm(zeros(2, 3)).Dispose(),
        ["native memory"] = MemoryFaults.Torch,
        ["managed memory"] = MemoryFaults.Runtime,
    };

    private static readonly Dictionary<string, Type> Causes = new()
    {
        ["managed"] = typeof(InvalidOperationException), ["native"] = typeof(ExternalException), ["native memory"] = typeof(ExternalException), ["managed memory"] = typeof(OutOfMemoryException),
    };

    public static TheoryData<string> Kinds => [.. Faults.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_sequences_of_the_step_fail_and_nobody_else(string kind)
    {
        using var held = new HeldEngine(o => o with { MaxSequences = 2, KvTokens = 512, DecorateForward = forward => new FailingForward(forward, call => call == 3, Faults[kind]) });
        Engine engine = held.Engine;
        TokenStream first = await held.HoldAsync(TinyEngine.Ask(Prompt, "flora-r2", 12));
        TokenStream second = engine.Submit(TinyEngine.Ask(Prompt, null, 12)), waiting = engine.Submit(TinyEngine.Ask(Prompt, "lora-r4", 12));
        long tensors = await TensorsWhenIdleAsync(held, first, second, kind);
        int[] after = await waiting.ReadAsync();

        Assert.Equal(after, await engine.Submit(TinyEngine.Ask(Prompt, "lora-r4", 12)).ReadAsync());
        Assert.Equal(tensors, await engine.CountLiveTensorsAsync());
        await engine.AssertIdleAsync();
        engine.Dispose();
        Assert.Equal(0, engine.LiveTensorsAfterDispose);
    }

    private static async Task<long> TensorsWhenIdleAsync(HeldEngine held, TokenStream first, TokenStream second, string kind)
    {
        held.Go();
        foreach (TokenStream failed in (TokenStream[])[first, second])
        {
            var error = await Assert.ThrowsAsync<EngineFaultException>(failed.ReadAsync);
            Assert.True(error.IsDeviceFault);
            Assert.Equal(Causes[kind], error.InnerException!.GetType());
        }

        // The last composition of the step decides what is kept gathered: the same one as at the end.
        await held.Engine.Submit(TinyEngine.Ask(Prompt, "lora-r4", 12)).ReadAsync();
        return await held.Engine.CountLiveTensorsAsync();
    }
}
