using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>The additive pairs: y += U (D x), in float32, or in eight bits beside weights of eight bits.</summary>
internal sealed unsafe partial class StepLinear
{
    private readonly LoraBmm[]? _bmm = batching is null ? null : [.. stacked.Blueprint.Modules.Select(m => new LoraBmm(batching, m.InFeatures, m.OutFeatures))];
    private long _unroundedAt;

    /// <summary>Takes a step where pairs are batched products.</summary>
    /// <returns>Numbers of the input as it is before it is rounded.</returns>
    private long TakeBatched(StepTokens tokens, int count)
    {
        for (int m = 0; m < _rows.Length; m++)
        {
            if (_rows[m].Pairs != null)
                _bmm![m].Take(tokens.Composition, _rows[m].Pairs);
        }

        return (long)count * _inputs;
    }

    /// <summary>U (D x) of all tokens, on all threads.</summary>
    private void MultiplyBatched(float* room, int worker, KernelTeam team)
    {
        for (int m = 0; m < _rows.Length; m++)
        {
            while (_rows[m].Adds && team.Next(worker, _bmm![m].PartCount, 1, out int part, out _))
                _bmm[m].Run(part, room + _unroundedAt, _inputs, room + _additiveAt[m]);
        }
    }

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
        if (_bmm is not null)
            return pair.Rank == 0 ? sum : sum + Vector512.Load(inner + output);
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
        if (_bmm is not null)
            return pair.Rank == 0 ? sum : sum + inner[output];
        for (int i = 0; i < pair.Rank; i++)
            sum = MathF.FusedMultiplyAdd(inner[i], pair.Up[((long)i * _modules[module].OutFeatures) + output], sum);
        return sum;
    }
}
