using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>The products, panel by panel: few rows by our tiles, many by libtorch over some panels at once.</summary>
internal sealed unsafe partial class StepLinear
{
    /// <summary>Most panels in eight bits that are multiplied at once where there are many rows.</summary>
    private const int ManyPanels = 32;

    /// <summary>Rows from which libtorch's product pays: below, putting the weights into its form costs more than it wins. Both take equally long at 48 where panels are turned by 512-bit instructions (docs/LOG.md).</summary>
    private static readonly int ManyRows = Avx512F.IsSupported ? 64 : 96;

    /// <summary>Tokens of many panels that are finished before the next ones, so that what is read and written lies side by side.</summary>
    private const int FinishedTokens = 8;

    /// <summary>Fewest panels in eight bits that a worker takes one after the other: it asks memory for the next while it computes one.</summary>
    private const int EightBitGrain = 2;

    /// <summary>output = epilogue(product), panel by panel.</summary>
    /// <param name="input">What <see cref="Prepare"/> gave.</param>
    /// <param name="epilogue">What happens to the product.</param>
    /// <param name="output">[tokens, outputs]; residual: the stream that is added to.</param>
    /// <param name="outputStride">Numbers from token to token.</param>
    /// <param name="sums">The worker's room for two panels of all rows.</param>
    /// <param name="worker">Which.</param>
    /// <param name="team">All.</param>
    public void Multiply(in PanelInput input, PanelEpilogue epilogue, float* output, long outputStride, float* sums, int worker, KernelTeam team)
    {
        int panels = epilogue.Gated ? _modules[0].PanelCount : _panels, module = 0, skipped = 0;
        int grain = _isMany ? EvenShare(panels, team.Count) : _eightBit is null ? 1 : EightBitGrain;
        bool Next(out int begin, out int end) => _eightBit is null || _isMany ? team.Next(worker, panels, grain, out begin, out end) : team.NextShare(worker, panels, grain, out begin, out end);
        while (Next(out int begin, out int end))
        {
            int p = begin;
            while (p < end)
            {
                while (p - skipped >= _modules[module].PanelCount)
                    skipped += _modules[module++].PanelCount;
                int some = _isMany ? Math.Min(end - p, _modules[module].PanelCount - (p - skipped)) : 1;
                MultiplyPanels(module, p - skipped, some, p == begin || p == skipped, input, epilogue, output, outputStride, sums);
                p += some;
            }
        }
    }

    private void MultiplyPanels(int module, int panel, int panels, bool isFirst, in PanelInput input, PanelEpilogue epilogue, float* output, long outputStride, float* sums)
    {
        int columns = panels * _modules[module].Columns, first = panel * _modules[module].Columns, valid = Math.Min(columns, _modules[module].OutFeatures - first);
        float* to = output + first, second = sums + ((long)MostRows * SumStride);
        for (int m = 0; m < module; m++)
            to += _modules[m].OutFeatures;
        bool asks = !_isMany && (isFirst || first % AdapterNumbers.LineNumbers == 0);
        if (asks)
            AskForAdapters(module, first);
        if (asks && epilogue.Gated)
            AskForAdapters(1, first);
        Sums(module, panel, panels, input, sums, sums + (2L * MostRows * SumStride));
        if (epilogue.Gated)
            Sums(1, panel, panels, input, second, sums + (2L * MostRows * SumStride));
        int whole = valid / Lanes * Lanes, some = _isMany ? FinishedTokens : _count;
        for (int t = 0; t < _count; t += some)
        {
            int end = Math.Min(t + some, _count);
            for (int c = 0; c < whole; c += Lanes)
                Finish(module, t, end, first + c, sums + c, second + c, columns, epilogue, input, to + c, outputStride);
        }

        if (whole < valid)
            FinishRest(module, first, whole, valid, sums, second, columns, epilogue, input, to, outputStride);
    }

    /// <summary>Panels that are multiplied at once, so that all threads get the same number of pieces.</summary>
    private static int EvenShare(int panels, int threads)
    {
        int rounds = (panels + (threads * ManyPanels) - 1) / (threads * ManyPanels);
        return (panels + (threads * rounds) - 1) / (threads * rounds);
    }

    /// <summary>sums[row, column] of some panels for all rows of the module.</summary>
    private void Sums(int module, int panel, int panels, in PanelInput input, float* sums, float* scratch)
    {
        ModuleRows rows = _rows[module];
        float* x = rows.Expands ? input.Room + _expandedAt[module] : input.Rows;
        long stride = rows.Expands ? _modules[module].RowStride : input.Stride;
        foreach (ref readonly RowSegment segment in CollectionsMarshal.AsSpan(rows.Segments))
        {
            float* from = x + (segment.First * stride), to = sums + ((long)segment.First * panels * _modules[module].Columns), formed = scratch + PlainCount;
            if (_isMany)
                ((Int8Weight)_modules[module]).MultiplyMany(_manyRows!, segment.Rank == 0 ? null : segment.EightBit, panel, panels, from, segment.Count, (sbyte*)scratch, to, formed);
            else if (segment.Rank == 0)
                _modules[module].Multiply(panel, from, stride, segment.Count, to);
            else if (_modules[module] is Int8Weight eightBit)
                eightBit.MultiplyFormed(segment.EightBit, panel, from, stride, segment.Count, to, formed);
            else
                ((PackedWeight)_modules[module]).MultiplyFormed(segment.Single, panel, from, stride, segment.Count, to, formed);
        }
    }
}
