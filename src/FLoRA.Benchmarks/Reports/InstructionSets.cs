using System.Runtime.Intrinsics.X86;

namespace FLoRA.Benchmarks.Reports;

/// <summary>Vector instructions that the runtime found on this processor.</summary>
internal static class InstructionSets
{
    /// <summary>Names as compilers spell them, the narrow ones first.</summary>
    public static IReadOnlyList<string> OfThisProcess()
    {
        (string Name, bool Present)[] known =
        [
            ("sse4.2", Sse42.IsSupported),
            ("avx", Avx.IsSupported),
            ("avx2", Avx2.IsSupported),
            ("fma", Fma.IsSupported),
            ("avx-vnni", AvxVnni.IsSupported),
            ("avx512f", Avx512F.IsSupported),
            ("avx512bw", Avx512BW.IsSupported),
            ("avx512vbmi", Avx512Vbmi.IsSupported),
            ("avx10.1", Avx10v1.IsSupported),
        ];
        return [.. known.Where(set => set.Present).Select(set => set.Name)];
    }
}
