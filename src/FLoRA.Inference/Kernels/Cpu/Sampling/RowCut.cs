using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FLoRA.Inference.Kernels.Cpu.Sampling;

/// <summary>Where a filter cuts a row: larger logits stay, smaller ones go, of the equal ones those with the lowest ids stay.</summary>
/// <param name="Smallest">The smallest logit that stays.</param>
/// <param name="EqualsKept">How many equal to it stay.</param>
/// <param name="EqualsDropped">How many equal to it go.</param>
internal readonly record struct RowCut(double Smallest, int EqualsKept, int EqualsDropped)
{
    /// <summary>Everything stays.</summary>
    public static RowCut None { get; } = new(double.NegativeInfinity, int.MaxValue, 0);

    /// <summary>What goes becomes minus infinity.</summary>
    public void Apply(Span<double> logits)
    {
        if (double.IsNegativeInfinity(Smallest))
            return;
        Span<Vector256<double>> vectors = MemoryMarshal.Cast<double, Vector256<double>>(logits);
        Vector256<double> smallest = Vector256.Create(Smallest), gone = Vector256.Create(double.NegativeInfinity);
        foreach (ref Vector256<double> vector in vectors)
            vector = Vector256.ConditionalSelect(Vector256.LessThan(vector, smallest), gone, vector);
        foreach (ref double logit in logits[(vectors.Length * Vector256<double>.Count)..])
        {
            if (logit < Smallest)
                logit = double.NegativeInfinity;
        }

        if (EqualsDropped > 0)
            DropLaterEquals(logits);
    }

    private void DropLaterEquals(Span<double> logits)
    {
        int kept = 0;
        foreach (ref double logit in logits)
        {
            if (logit == Smallest && kept++ >= EqualsKept)
                logit = double.NegativeInfinity;
        }
    }
}
