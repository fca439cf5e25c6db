namespace FLoRA.Benchmarks.Rooflines;

/// <summary>What a CUDA device can do at most, measured.</summary>
/// <param name="ReadGBPerS">The faster of a sum's reads and a copy's reads and writes, 1e9 bytes a second.</param>
/// <param name="ProductGops">libtorch's product of two matrices of 8192 x 8192 in the run's type, 1e9 multiply-adds a second.</param>
public sealed record DeviceRoofline(double ReadGBPerS, double ProductGops);
