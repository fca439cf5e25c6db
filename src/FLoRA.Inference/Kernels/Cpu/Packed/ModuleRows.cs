using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>What one token takes of a module. Points into the bank: valid until its rows change.</summary>
internal unsafe struct TokenRows
{
    /// <summary>First row of the product and number of rows; the adapter's rows follow one another.</summary>
    public int First, Count;

    /// <summary>B and A, from the adapter's first row on; null: not scaled.</summary>
    public AdapterNumbers InputScale, OutputScale;

    /// <summary>beta * b, or b; null: none.</summary>
    public float* Bias;
}

/// <summary>A token's additive pair in float32: D [rank, in] and U transposed [rank, out]. Points into the bank.</summary>
internal unsafe struct SinglePair
{
    public float* Down, Up;

    /// <summary>0: no pair.</summary>
    public int Rank;
}

/// <summary>The adapters of a step in one module: which rows its tokens take, and what they are scaled with. Buffers are kept from step to step.</summary>
/// <param name="bias">b, or null.</param>
internal sealed unsafe class ModuleRows(float* bias) : IDisposable
{
    private NativeBuffer? _tokens, _pairs;

    /// <summary>Rows of all tokens.</summary>
    public int Count { get; private set; }

    /// <summary>[tokens]; null: every token is its row, and no adapter touches the module.</summary>
    public TokenRows* Tokens { get; private set; }

    /// <summary>[tokens], or null: no token has an additive pair, or they are in eight bits.</summary>
    public SinglePair* Pairs { get; private set; }

    /// <summary>[tokens], or null.</summary>
    public Int8Pair* EightBitPairs { get; private set; }

    /// <summary>b, or null.</summary>
    public float* Bias => bias;

    /// <summary>Whether tokens have rows of their own in front of the product.</summary>
    public bool Expands { get; private set; }

    /// <summary>Whether any token has an additive pair.</summary>
    public bool Adds => Pairs != null || EightBitPairs != null;

    /// <summary>Every token is its row.</summary>
    /// <param name="tokens">Tokens of the step.</param>
    public void TakeNone(int tokens)
    {
        Count = tokens;
        Tokens = null;
        Pairs = null;
        EightBitPairs = null;
        Expands = false;
    }

    /// <summary>Takes a step's adapters.</summary>
    /// <param name="composition">Adapter and tokens of each sequence, in token order.</param>
    /// <param name="tokens">Tokens of the step.</param>
    /// <param name="module">Index of the module.</param>
    /// <param name="bank">Its rows.</param>
    /// <param name="library">Gives data pointers.</param>
    public void Take(IReadOnlyList<(InstalledAdapter? Adapter, int Tokens)> composition, int tokens, int module, ModuleBank bank, TorchCpuLibrary library)
    {
        TakeNone(tokens);
        bool scales = false, adds = false;
        foreach ((InstalledAdapter? adapter, _) in composition)
        {
            scales |= adapter is not null && adapter.Scales[module] != ModuleScales.None;
            adds |= adapter is not null && adapter.AdditiveRanks[module] > 0;
        }

        if (scales)
            TakeScaled(composition, tokens, module, bank, library);
        if (adds && bank.EightBitPairs is null)
            TakePairs(composition, tokens, module, bank, library);
        else if (adds)
            TakeEightBitPairs(composition, tokens, module, bank.EightBitPairs!);
    }

    public void Dispose()
    {
        _tokens?.Dispose();
        _pairs?.Dispose();
    }

    private void TakeScaled(IReadOnlyList<(InstalledAdapter? Adapter, int Tokens)> composition, int tokens, int module, ModuleBank bank, TorchCpuLibrary library)
    {
        Tokens = (TokenRows*)NativeBuffer.Grow(ref _tokens, (long)tokens * sizeof(TokenRows) / sizeof(float));
        AdapterNumbers inputScale = Numbers(bank.InputScale, library), outputScale = Numbers(bank.OutputScale, library);
        float* scaledBias = bank.ScaledBias is null ? null : library.Pointer<float>(bank.ScaledBias);
        long inputs = bank.InFeatures, outputs = bank.OutFeatures;
        int row = 0;
        TokenRows* to = Tokens;
        foreach ((InstalledAdapter? adapter, int count) in composition)
        {
            ModuleScales scales = adapter?.Scales[module] ?? ModuleScales.None;
            var own = new TokenRows { Count = scales == ModuleScales.None ? 1 : adapter!.RowCounts[module], Bias = bias };
            if (scales.HasFlag(ModuleScales.Input))
                own.InputScale = inputScale.At(adapter!.RowStart * inputs);
            if (scales.HasFlag(ModuleScales.Output))
                own.OutputScale = outputScale.At(adapter!.RowStart * outputs);
            if (scales.HasFlag(ModuleScales.Bias) && scaledBias != null)
                own.Bias = scaledBias + (adapter!.RowStart * outputs);
            Expands |= own.Count != 1 || !own.InputScale.IsNull;
            for (int t = 0; t < count; t++, row += own.Count)
            {
                own.First = row;
                *to++ = own;
            }
        }

        Count = row;
    }

    private void TakePairs(IReadOnlyList<(InstalledAdapter? Adapter, int Tokens)> composition, int tokens, int module, ModuleBank bank, TorchCpuLibrary library)
    {
        SinglePair* to = Pairs = (SinglePair*)NativeBuffer.Grow(ref _pairs, (long)tokens * sizeof(SinglePair) / sizeof(float));
        float* down = library.Pointer<float>(bank.Down!), up = library.Pointer<float>(bank.UpTransposed!);
        foreach ((InstalledAdapter? adapter, int count) in composition)
        {
            int rank = adapter?.AdditiveRanks[module] ?? 0;
            SinglePair own = rank == 0 ? default : new SinglePair { Down = down + ((long)adapter!.AdditiveStart * bank.InFeatures), Up = up + ((long)adapter.AdditiveStart * bank.OutFeatures), Rank = rank };
            for (int t = 0; t < count; t++)
                *to++ = own;
        }
    }

    private void TakeEightBitPairs(IReadOnlyList<(InstalledAdapter? Adapter, int Tokens)> composition, int tokens, int module, Int8PairBank pairs)
    {
        Int8Pair* to = EightBitPairs = (Int8Pair*)NativeBuffer.Grow(ref _pairs, (long)tokens * sizeof(Int8Pair) / sizeof(float));
        foreach ((InstalledAdapter? adapter, int count) in composition)
        {
            int rank = adapter?.AdditiveRanks[module] ?? 0;
            Int8Pair own = rank == 0 ? default : pairs.At(adapter!.AdditiveStart, rank);
            for (int t = 0; t < count; t++)
                *to++ = own;
        }
    }

    private static AdapterNumbers Numbers(Tensor? tensor, TorchCpuLibrary library) => tensor is null
        ? default
        : new(library.Pointer<byte>(tensor), tensor.dtype == ScalarType.BFloat16 ? NumberType.BFloat16 : NumberType.Single);
}
