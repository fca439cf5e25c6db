using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using static TorchSharp.torch;

namespace FLoRA.Inference.Adapters;

/// <summary>
/// The adapters' rows for one module on the device, made when an adapter first needs them. Row 0 is the neutral row (ones;
/// the plain bias). Tensors grow with the row space and are indexed per row of the batch; they do not depend on any batch.
/// </summary>
/// <param name="inFeatures">Width of the input.</param>
/// <param name="outFeatures">Width of the output.</param>
/// <param name="bias">The module's bias [out], or null; a view owned by the bank.</param>
/// <param name="device">Where the rows live.</param>
/// <param name="types">Types of A, B, D and U; beta * b has the bias's.</param>
internal sealed class ModuleBank(int inFeatures, int outFeatures, Tensor? bias, Device device, BankTypes types) : IDisposable
{
    /// <summary>Width of the input.</summary>
    public int InFeatures => inFeatures;

    /// <summary>Width of the output.</summary>
    public int OutFeatures => outFeatures;

    /// <summary>It stands beside weights of eight bits.</summary>
    public bool IsEightBit => types.IsEightBit;

    /// <summary>B [capacity, in], or null while no adapter scales this input.</summary>
    public Tensor? InputScale { get; private set; }

    /// <summary>A [capacity, out], or null while no adapter scales this output.</summary>
    public Tensor? OutputScale { get; private set; }

    /// <summary>beta * b [capacity, out], at an adapter's first row, or null while no adapter scales this bias.</summary>
    public Tensor? ScaledBias { get; private set; }

    /// <summary>D [additive capacity, in]; null while there is none, and in eight bits.</summary>
    public Tensor? Down { get; private set; }

    /// <summary>U transposed [additive capacity, out]; null while there is none, and in eight bits.</summary>
    public Tensor? UpTransposed { get; private set; }

    /// <summary>D and U in eight bits, or null.</summary>
    public Int8PairBank? EightBitPairs { get; private set; }

    /// <summary>Writes one adapter's rows for this module.</summary>
    /// <param name="adapter">Host data.</param>
    /// <param name="row">First row.</param>
    /// <param name="rowCapacity">Size of the row space.</param>
    /// <param name="additiveRow">First additive row.</param>
    /// <param name="additiveCapacity">Size of the additive row space.</param>
    public void Write(ModuleAdapter adapter, int row, int rowCapacity, int additiveRow, int additiveCapacity)
    {
        using var scope = NewDisposeScope();
        if (Scales(adapter) != ModuleScales.None)
        {
            // A bank that exists on one side only would leave stale rows of an earlier owner there: both sides are written.
            if (adapter.InputScale is not null || InputScale is not null)
                Set(InputScale = Grown(InputScale, rowCapacity, inFeatures, types.Scale), row, adapter.RowCount, adapter.InputScale);
            if (adapter.OutputScale is not null || OutputScale is not null)
                Set(OutputScale = Grown(OutputScale, rowCapacity, outFeatures, types.Scale), row, adapter.RowCount, adapter.OutputScale);
            if (bias is not null && (adapter.BiasScale != null || ScaledBias is not null))
                WriteBias(adapter.BiasScale, row, rowCapacity);
        }

        if (adapter.AdditiveRank == 0)
            return;
        if (types.ArePairsInEightBits)
        {
            EightBitPairs ??= new Int8PairBank(inFeatures, outFeatures);
            EightBitPairs.Write(additiveRow, additiveCapacity, adapter.AdditiveRank, adapter.Down!, adapter.Up!);
            return;
        }

        Down = Grown(Down, additiveCapacity, inFeatures, types.Pair);
        UpTransposed = Grown(UpTransposed, additiveCapacity, outFeatures, types.Pair);
        Set(Down, additiveRow, adapter.AdditiveRank, adapter.Down);
        using Tensor up = FromHost(adapter.Up!, outFeatures, adapter.AdditiveRank);
        UpTransposed.narrow(0, additiveRow, adapter.AdditiveRank).copy_(up.t());
    }

    /// <summary>Which sides <paramref name="adapter"/> scales.</summary>
    public static ModuleScales Scales(ModuleAdapter adapter) =>
        (adapter.InputScale != null ? ModuleScales.Input : 0)
        | (adapter.OutputScale != null ? ModuleScales.Output : 0)
        | (adapter.BiasScale != null ? ModuleScales.Bias : 0);

    public void Dispose()
    {
        InputScale?.Dispose();
        OutputScale?.Dispose();
        ScaledBias?.Dispose();
        Down?.Dispose();
        UpTransposed?.Dispose();
        EightBitPairs?.Dispose();
        bias?.Dispose();
    }

    private void WriteBias(float[]? scale, int row, int rowCapacity)
    {
        bool made = ScaledBias is null;
        ScaledBias = Grown(ScaledBias, rowCapacity, outFeatures, bias!.dtype); // unrounded where beta is one: a token beside another's scaled bias must not see it
        if (made)
            ScaledBias.copy_(bias.unsqueeze(0).expand(rowCapacity, outFeatures));
        Tensor target = ScaledBias.narrow(0, row, 1);
        target.copy_(bias.unsqueeze(0));
        if (scale != null)
            target.mul_(FromHost(scale, 1, outFeatures).to(bias.dtype).to(device));
    }

    private static void Set(Tensor bank, int row, int count, float[]? values)
    {
        Tensor target = bank.narrow(0, row, count);
        if (values == null)
            target.fill_(1);
        else
            target.copy_(FromHost(values, count, values.Length / count));
    }

    private Tensor Grown(Tensor? bank, int capacity, int width, ScalarType type)
    {
        if (bank is not null && bank.size(0) >= capacity)
            return bank;
        Tensor grown = ones(capacity, width, dtype: type, device: device).DetachFromDisposeScope();
        if (bank is not null)
        {
            grown.narrow(0, 0, bank.size(0)).copy_(bank);
            bank.Dispose();
        }

        return grown;
    }

    private static Tensor FromHost(float[] values, int rows, int columns)
    {
        Tensor host = empty(rows, columns, dtype: ScalarType.Float32);
        values.CopyTo(HostMemory.Elements<float>(host));
        return host;
    }
}
