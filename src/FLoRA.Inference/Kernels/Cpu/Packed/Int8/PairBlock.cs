using FLoRA.Inference.Adapters;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8;

/// <summary>The additive pairs of one installed adapter in eight bits, of all modules, one behind the other in large pages.</summary>
internal sealed unsafe class PairBlock : IDisposable
{
    private readonly LargeBuffer _memory;
    private readonly BankLayout _layout;
    private readonly int[] _ranks;
    private readonly long[] _starts;

    private PairBlock(LargeBuffer memory, BankLayout layout, int[] ranks, long[] starts)
    {
        _memory = memory;
        _layout = layout;
        _ranks = ranks;
        _starts = starts;
    }

    /// <summary>Copies the pairs of an adapter.</summary>
    /// <param name="image">The adapter; has pairs.</param>
    /// <param name="layout">The bank's.</param>
    /// <param name="spare">A block that nobody uses: its memory is taken over if it suits, and the block is null then.</param>
    public static PairBlock Of(AdapterImage image, BankLayout layout, ref PairBlock? spare)
    {
        long bytes = image.Modules.Sum(m => m.Pair?.LongLength ?? 0), at = 0;
        LargeBuffer memory = spare is not null && spare._memory.Count >= bytes && spare._memory.Count <= 2 * bytes ? spare._memory : new LargeBuffer(bytes, isCleared: false);
        if (memory == spare?._memory)
            spare = null;
        var starts = new long[layout.ModuleCount];
        foreach (ModuleImage module in image.Modules)
        {
            if (module.Pair is not { } pair)
                continue;
            pair.CopyTo(new Span<byte>(memory.Start + at, pair.Length));
            starts[module.Module] = at;
            at += pair.LongLength;
        }

        return new PairBlock(memory, layout, image.AdditiveRanks, starts);
    }

    /// <summary>The pair of a module that has one; valid while the adapter is installed.</summary>
    public Int8Pair At(int module) => _layout.PairForms[module].At(_memory.Start + _starts[module], _ranks[module]);

    public void Dispose() => _memory.Dispose();
}
