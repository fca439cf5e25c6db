using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>The adapters of a step in one module: which rows its tokens take, and what they are scaled with. Buffers are kept from step to step.</summary>
/// <param name="bias">b, or null.</param>
internal sealed unsafe class ModuleRows(float* bias) : IDisposable
{
    private readonly List<RowSegment> _segments = [];
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

    /// <summary>All rows, in order.</summary>
    public List<RowSegment> Segments => _segments;

    /// <summary>The highest rank that a weight is formed with; 0: none is.</summary>
    public int FormedRank { get; private set; }

    /// <summary>Whether tokens have rows of their own in front of the product.</summary>
    public bool Expands { get; private set; }

    /// <summary>Whether any token has an additive pair.</summary>
    public bool Adds => Pairs != null || EightBitPairs != null;

    /// <summary>Whether every token's rows have scales of their outputs in bfloat16, and none has an additive pair.</summary>
    public bool ScalesAll { get; private set; }

    /// <summary>Whether every token is its row and there is nothing but additive pairs in eight bits.</summary>
    public bool HasPairsOnly => Tokens == null && EightBitPairs != null;

    /// <summary>Every token is its row.</summary>
    /// <param name="tokens">Tokens of the step.</param>
    public void TakeNone(int tokens)
    {
        Count = tokens;
        Tokens = null;
        Pairs = null;
        EightBitPairs = null;
        Expands = false;
        ScalesAll = false;
        FormedRank = 0;
        _segments.Clear();
        _segments.Add(new RowSegment { Count = tokens });
    }

    /// <summary>Takes a step's adapters.</summary>
    /// <param name="composition">Each sequence's part, in token order.</param>
    /// <param name="tokens">Tokens of the step.</param>
    /// <param name="module">Index of the module.</param>
    /// <param name="bank">Its rows.</param>
    /// <param name="library">Gives data pointers.</param>
    public void Take(List<AdapterTokens> composition, int tokens, int module, ModuleBank bank, TorchCpuLibrary library)
    {
        TakeNone(tokens);
        bool scales = false, adds = false;
        foreach ((InstalledAdapter? adapter, _, _) in composition)
        {
            scales |= adapter is not null && adapter.Scales[module] != ModuleScales.None;
            adds |= adapter is not null && adapter.AdditiveRanks[module] > 0;
        }

        if (scales)
            TakeScaled(composition, tokens, module, bank, library);
        ScalesAll &= !adds;
        if (adds && bank.HasEightBitPairs)
            TakeEightBitPairs(composition, tokens, module);
        else if (adds)
            TakePairs(composition, tokens, module, bank, library);
    }

    public void Dispose()
    {
        _tokens?.Dispose();
        _pairs?.Dispose();
    }

    private void TakeScaled(List<AdapterTokens> composition, int tokens, int module, ModuleBank bank, TorchCpuLibrary library)
    {
        Tokens = (TokenRows*)NativeBuffer.Grow(ref _tokens, (long)tokens * sizeof(TokenRows) / sizeof(float));
        AdapterNumbers inputScale = Numbers(bank.InputScale, library), outputScale = Numbers(bank.OutputScale, library);
        float* scaledBias = bank.ScaledBias is null ? null : library.Pointer<float>(bank.ScaledBias);
        long inputs = bank.InFeatures, outputs = bank.OutFeatures;
        int row = 0;
        TokenRows* to = Tokens;
        ScalesAll = true;
        _segments.Clear();
        foreach ((InstalledAdapter? adapter, int count, int formed) in composition)
        {
            ModuleScales scales = adapter?.Scales[module] ?? ModuleScales.None;
            var own = new TokenRows { Count = scales == ModuleScales.None ? 1 : adapter!.RowCounts[module], Bias = bias };
            if (scales.HasFlag(ModuleScales.Input))
                own.InputScale = inputScale.At(adapter!.RowStart * inputs);
            if (scales.HasFlag(ModuleScales.Output))
                own.OutputScale = outputScale.At(adapter!.RowStart * outputs);
            if (scales.HasFlag(ModuleScales.Bias) && scaledBias != null)
                own.Bias = scaledBias + (adapter!.RowStart * outputs);
            int plain = own.Count > 1 ? count - formed : count;
            ScalesAll &= plain == count && own.OutputScale.IsBFloat16 && !own.OutputScale.IsNull;
            if (plain < count)
            {
                AddFormed(row, formed, adapter!, module, bank, library);
                var whole = new TokenRows { Count = 1, Bias = own.Bias };
                for (int t = 0; t < formed; t++)
                {
                    whole.First = row++;
                    *to++ = whole;
                }
            }

            Expands |= plain > 0 && (own.Count != 1 || !own.InputScale.IsNull);
            AddPlain(row, plain * own.Count);
            for (int t = 0; t < plain; t++, row += own.Count)
            {
                own.First = row;
                *to++ = own;
            }
        }

        Count = row;
    }

    private void TakePairs(List<AdapterTokens> composition, int tokens, int module, ModuleBank bank, TorchCpuLibrary library)
    {
        SinglePair* to = Pairs = (SinglePair*)NativeBuffer.Grow(ref _pairs, (long)tokens * sizeof(SinglePair) / sizeof(float));
        float* down = library.Pointer<float>(bank.Down!), up = library.Pointer<float>(bank.UpTransposed!);
        foreach ((InstalledAdapter? adapter, int count, _) in composition)
        {
            int rank = adapter?.AdditiveRanks[module] ?? 0;
            SinglePair own = rank == 0 ? default : new SinglePair { Down = down + ((long)adapter!.AdditiveStart * bank.InFeatures), Up = up + ((long)adapter.AdditiveStart * bank.OutFeatures), Rank = rank };
            for (int t = 0; t < count; t++)
                *to++ = own;
        }
    }

    private void TakeEightBitPairs(List<AdapterTokens> composition, int tokens, int module)
    {
        Int8Pair* to = EightBitPairs = (Int8Pair*)NativeBuffer.Grow(ref _pairs, (long)tokens * sizeof(Int8Pair) / sizeof(float));
        foreach ((InstalledAdapter? adapter, int count, _) in composition)
        {
            int rank = adapter?.AdditiveRanks[module] ?? 0;
            Int8Pair own = rank == 0 ? default : adapter!.EightBitPairs!.At(module);
            for (int t = 0; t < count; t++)
                *to++ = own;
        }
    }

    private void AddFormed(int first, int count, InstalledAdapter adapter, int module, ModuleBank bank, TorchCpuLibrary library)
    {
        var segment = new RowSegment { First = first, Count = count, Rank = adapter.RowCounts[module] };
        if (bank.IsEightBit)
            segment.EightBit = Int8Forming.Of(adapter, bank, module, library);
        else
            segment.Single = PanelAdapter.Of(adapter, bank, module, bias, library, hasPair: false);
        if (count > 0)
            _segments.Add(segment);
        FormedRank = Math.Max(FormedRank, segment.Rank);
    }

    private void AddPlain(int first, int count)
    {
        if (count == 0)
            return;
        if (_segments.Count > 0 && _segments[^1].Rank == 0)
            _segments[^1] = new RowSegment { First = _segments[^1].First, Count = _segments[^1].Count + count };
        else
            _segments.Add(new RowSegment { First = first, Count = count });
    }

    /// <summary>A side's numbers in the bank.</summary>
    public static AdapterNumbers Numbers(Tensor? tensor, TorchCpuLibrary library) => tensor is null
        ? default
        : new(library.Pointer<byte>(tensor), tensor.dtype == ScalarType.BFloat16 ? NumberType.BFloat16 : NumberType.Single);
}
