using System.Runtime.Intrinsics.X86;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8;

/// <summary>How products of eight bits are computed. Integers are exact: the results are the same to the bit.</summary>
internal enum Int8Path
{
    /// <summary>One number at a time: the reference.</summary>
    Scalar,

    /// <summary>256-bit multiplications of bytes to pairs of 16 bits.</summary>
    Avx2,

    /// <summary>AVX-VNNI: four products of bytes and their sum in one instruction, 256 bits wide; .NET 10 has no wider form.</summary>
    Vnni,
}

/// <summary>Which paths this machine has.</summary>
internal static class Int8Paths
{
    /// <summary>The fastest one.</summary>
    public static Int8Path Best => Available[^1];

    /// <summary>All of them, from slow to fast.</summary>
    public static IReadOnlyList<Int8Path> Available { get; } =
    [
        Int8Path.Scalar,
        .. Avx2.IsSupported ? (Int8Path[])[Int8Path.Avx2] : [],
        .. AvxVnni.IsSupported ? (Int8Path[])[Int8Path.Vnni] : [],
    ];

    /// <summary>What is added to an activation's byte: VNNI multiplies unsigned ones by signed weights, and the sum begins with what that adds.</summary>
    public static int Offset(Int8Path path) => path == Int8Path.Vnni ? 128 : 0;
}
