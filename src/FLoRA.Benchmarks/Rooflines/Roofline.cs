namespace FLoRA.Benchmarks.Rooflines;

/// <summary>What this machine can do at most, measured: the limits that a step is held against.</summary>
/// <param name="ReadGBPerS">Plain reads of memory, 1e9 bytes a second.</param>
/// <param name="Int8Gops">Multiply-adds of eight bits whose operands are in registers, by the best instructions that .NET has here; 1e9 a second.</param>
/// <param name="IntMmGops">libtorch's integer product at 512 rows, 1e9 multiply-adds a second; 0: it has none here.</param>
/// <param name="Float32Gflops">The float32 tile with its operands in the first-level cache; two operations per multiply-add.</param>
/// <param name="Threads">Threads that measured.</param>
public sealed record Roofline(double ReadGBPerS, double Int8Gops, double IntMmGops, double Float32Gflops, int Threads)
{
    /// <summary>The device that the run is on; null: the processor alone.</summary>
    public DeviceRoofline? Device { get; init; }

    /// <summary>Reads of the memory that weights lie in, 1e9 bytes a second.</summary>
    public double WeightReadGBPerS => Device?.ReadGBPerS ?? ReadGBPerS;

    /// <summary>Of the machine before and after a run: of products the better, of reads the mean, as they move meanwhile.</summary>
    public Roofline And(Roofline after) => this with
    {
        ReadGBPerS = (ReadGBPerS + after.ReadGBPerS) / 2,
        Int8Gops = Math.Max(Int8Gops, after.Int8Gops),
        IntMmGops = Math.Max(IntMmGops, after.IntMmGops),
        Float32Gflops = Math.Max(Float32Gflops, after.Float32Gflops),
        Device = Device is null || after.Device is null ? null : new DeviceRoofline(Math.Max(Device.ReadGBPerS, after.Device.ReadGBPerS), Math.Max(Device.ProductGops, after.Device.ProductGops)),
    };

    /// <summary>Multiply-adds a second, 1e9, for a step of that many rows, on the device if there is one: from many rows on the integer product of libtorch counts too.</summary>
    /// <param name="isEightBit">Weights of eight bits, else float32.</param>
    /// <param name="isPrefill">Many rows.</param>
    public double Gops(bool isEightBit, bool isPrefill) => Device is not null ? Device.ProductGops : !isEightBit ? Float32Gflops / 2 : isPrefill ? Math.Max(Int8Gops, IntMmGops) : Int8Gops;
}
