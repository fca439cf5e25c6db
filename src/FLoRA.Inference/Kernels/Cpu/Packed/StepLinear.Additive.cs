using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>The additive pairs: y += U (D x), in float32, or in eight bits beside weights of eight bits.</summary>
internal sealed unsafe partial class StepLinear
{
    /// <summary>D x of one token.</summary>
    /// <param name="rows">The module.</param>
    /// <param name="token">Which.</param>
    /// <param name="x">[in].</param>
    /// <param name="rounded">The same in eight bits, where weights are.</param>
    /// <param name="inner">Where it goes.</param>
    /// <param name="scratch">Room for as many numbers as the input has.</param>
    private void MultiplyDown(ModuleRows rows, int token, float* x, float* rounded, float* inner, float* scratch)
    {
        if (rows.EightBitPairs != null)
        {
            if (rows.EightBitPairs[token].Rank > 0)
                rows.EightBitPairs[token].MultiplyDown(_eightBit!.Path, (byte*)rounded, _eightBit.OffsetOf(_isMany), scratch, (byte*)inner);
            return;
        }

        ref SinglePair pair = ref rows.Pairs[token];
        for (int i = 0; i < pair.Rank; i++)
            inner[i] = RowMaths.Dot(x, pair.Down + ((long)i * _inputs), _inputs);
    }

    /// <summary>sum + U (D x), for sixteen outputs of a token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<float> AddPair(ModuleRows rows, int module, int token, int output, in PanelInput input, Vector512<float> sum)
    {
        float* inner = input.Room + _additiveAt[module] + (token * _additiveStride[module]);
        if (rows.EightBitPairs != null)
            return rows.EightBitPairs[token].Rank == 0 ? sum : rows.EightBitPairs[token].AddUp(_eightBit!.Path, (byte*)inner, output, sum);
        ref SinglePair pair = ref rows.Pairs[token];
        float* up = pair.Up + output;
        for (int i = 0; i < pair.Rank; i++, up += _modules[module].OutFeatures)
            sum = Vector512.MultiplyAddEstimate(Vector512.Create(inner[i]), Vector512.Load(up), sum);
        return sum;
    }

    /// <summary>The same for one output.</summary>
    private float AddPair(ModuleRows rows, int module, int token, int output, in PanelInput input, float sum)
    {
        float* inner = input.Room + _additiveAt[module] + (token * _additiveStride[module]);
        if (rows.EightBitPairs != null)
            return rows.EightBitPairs[token].Rank == 0 ? sum : rows.EightBitPairs[token].AddUp((byte*)inner, output, sum);
        ref SinglePair pair = ref rows.Pairs[token];
        for (int i = 0; i < pair.Rank; i++)
            sum = MathF.FusedMultiplyAdd(inner[i], pair.Up[((long)i * _modules[module].OutFeatures) + output], sum);
        return sum;
    }
}
