using FLoRA.Inference.Kernels.Cpu;
using TorchSharp;
using static TorchSharp.torch;

namespace FLoRA.Inference.Adapters;

/// <summary>
/// The adapters' rows for one module on the device, made when an adapter first needs them. Row 0 is the neutral row (ones;
/// the plain bias). Tensors are made at the bank's capacity and never copied; the CPU's memory is taken as rows are written. They are indexed per row of the batch and do not depend on any batch.
/// </summary>
/// <param name="inFeatures">Width of the input.</param>
/// <param name="outFeatures">Width of the output.</param>
/// <param name="bias">The module's bias [out], or null; a view owned by the bank.</param>
/// <param name="device">Where the rows live.</param>
/// <param name="types">Types of A, B, D and U; beta * b has the bias's.</param>
/// <param name="capacity">Rows.</param>
internal sealed class ModuleBank(int inFeatures, int outFeatures, Tensor? bias, Device device, BankTypes types, BankCapacity capacity) : IDisposable
{
    private static readonly Scalar One = 1.ToScalar();

    /// <summary>Width of the input.</summary>
    public int InFeatures => inFeatures;

    /// <summary>Width of the output.</summary>
    public int OutFeatures => outFeatures;

    /// <summary>It stands beside weights of eight bits.</summary>
    public bool IsEightBit => types.IsEightBit;

    /// <summary>D and U lie in eight bits, in a block per adapter (<see cref="InstalledAdapter.EightBitPairs"/>).</summary>
    public bool HasEightBitPairs => types.ArePairsInEightBits;

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

    /// <summary>Writes one adapter's rows for this module; pairs in eight bits lie elsewhere.</summary>
    /// <param name="image">Its bytes.</param>
    /// <param name="row">First row.</param>
    /// <param name="rows">Rows; 0: the module is not scaled.</param>
    /// <param name="touchedEnd">One past the last row that any adapter has had so far.</param>
    /// <param name="pairRow">First additive row.</param>
    /// <param name="rank">Rank of the pair.</param>
    public void Write(ModuleImage image, int row, int rows, int touchedEnd, int pairRow, int rank)
    {
        using var scope = NewDisposeScope();
        if (rows > 0)
        {
            // A bank that exists on one side only would leave stale rows of an earlier owner there: both sides are written.
            if (image.InputScale is not null || InputScale is not null)
                Set(InputScale ??= MadeOfOnes(inFeatures, touchedEnd), row, rows, image.InputScale);
            if (image.OutputScale is not null || OutputScale is not null)
                Set(OutputScale ??= MadeOfOnes(outFeatures, touchedEnd), row, rows, image.OutputScale);
            if (bias is not null && (image.BiasScale is not null || ScaledBias is not null))
                WriteBias(image.BiasScale, row, touchedEnd);
        }

        if (image.Down is null)
            return;
        HostMemory.CopyRows(image.Down, Down ??= Made(capacity.PairRows, inFeatures, types.Pair), pairRow, rank);
        HostMemory.CopyRows(image.Up, UpTransposed ??= Made(capacity.PairRows, outFeatures, types.Pair), pairRow, rank);
    }

    public void Dispose()
    {
        InputScale?.Dispose();
        OutputScale?.Dispose();
        ScaledBias?.Dispose();
        Down?.Dispose();
        UpTransposed?.Dispose();
        bias?.Dispose();
    }

    private void WriteBias(float[]? scale, int row, int touchedEnd)
    {
        if (ScaledBias is null)
        {
            // Unrounded where beta is one: a token beside another's scaled bias must not see it.
            ScaledBias = Made(capacity.Rows, outFeatures, bias!.dtype);
            ScaledBias.narrow(0, 0, touchedEnd).copy_(bias.unsqueeze(0).expand(touchedEnd, outFeatures));
        }

        Tensor target = ScaledBias.narrow(0, row, 1);
        target.copy_(bias!.unsqueeze(0));
        if (scale != null)
            target.mul_(tensor(scale, 1, outFeatures).to(bias.dtype).to(device));
    }

    private static void Set(Tensor bank, int row, int count, byte[]? values)
    {
        if (values is null)
            bank.narrow(0, row, count).fill_(One);
        else
            HostMemory.CopyRows(values, bank, row, count);
    }

    /// <summary>Rows that no adapter has had yet are not looked at: only those before are ones.</summary>
    private Tensor MadeOfOnes(int width, int touchedEnd)
    {
        Tensor made = Made(capacity.Rows, width, types.Scale);
        made.narrow(0, 0, touchedEnd).fill_(One);
        return made;
    }

    private Tensor Made(int rows, int width, ScalarType type) => empty(rows, width, dtype: type, device: device).DetachFromDisposeScope();
}
