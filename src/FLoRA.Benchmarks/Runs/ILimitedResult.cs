using FLoRA.Benchmarks.Rooflines;

namespace FLoRA.Benchmarks.Runs;

/// <summary>A result that was held against the machine's limit.</summary>
public interface ILimitedResult
{
    /// <summary>The machine.</summary>
    Roofline Roofline { get; }
}
