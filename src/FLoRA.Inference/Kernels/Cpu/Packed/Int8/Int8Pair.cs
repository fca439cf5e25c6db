using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8;

/// <summary>
/// One adapter's additive pair in eight bits and its two products. VNNI multiplies unsigned bytes by signed ones, so that one side has 128 added and the sum begins with what that adds: x in D x, U in U (D x). AVX2 multiplies
/// |x| by w with x's sign, which no instruction saturates while both stay within 127. Sums are exact: every path gives the same bits.
/// Points into the bank: valid within one step.
/// </summary>
internal unsafe struct Int8Pair
{
    /// <summary>What is added to U's bytes.</summary>
    public const int UpOffset = 128;

    private const int Bytes = 32, Together = Int8PairForm.RowMultiple, AheadBytes = 2048;

    /// <summary>D as [rank / 4][in / 32][4][32], padded with zeros.</summary>
    public sbyte* Down;

    /// <summary>U as [out / 16][rank / 4][16][4], each byte with <see cref="UpOffset"/>.</summary>
    public byte* Up;

    /// <summary>[rank]: D's scale times U's.</summary>
    public float* Scales;

    /// <summary>[rank]: sums of D's bytes, for what a row's zero adds.</summary>
    public int* DownSums;

    /// <summary>Bytes of a rank of D.</summary>
    public int PaddedInputs;

    /// <summary>0: no pair.</summary>
    public int Rank;

    /// <summary>Ranks with padding.</summary>
    public int PaddedRank;

    /// <summary>Where D[rank, input] lies.</summary>
    public readonly long DownAt(int rank, int input) =>
        ((((long)(rank / Together) * (PaddedInputs / Bytes)) + (input / Bytes)) * Together * Bytes) + (rank % Together * Bytes) + (input % Bytes);

    /// <summary>Where U[output, rank] lies.</summary>
    public readonly long UpAt(int output, int rank) =>
        ((((long)(output / Int8Tiles.Columns) * PaddedRank) + (rank / Int8Tiles.GroupInputs * Int8Tiles.GroupInputs)) * Int8Tiles.Columns)
        + ((output % Int8Tiles.Columns) * Int8Tiles.GroupInputs) + (rank % Int8Tiles.GroupInputs);

    /// <summary>inner = D x with both scales, rounded as <see cref="Int8Rows"/> does.</summary>
    /// <param name="path">How.</param>
    /// <param name="row">x in eight bits.</param>
    /// <param name="offset">What was added to its bytes: 0 or 128.</param>
    /// <param name="sums">Room for <see cref="PaddedRank"/> numbers.</param>
    /// <param name="inner">Room for a row of <see cref="Rank"/> inputs.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void MultiplyDown(Int8Path path, byte* row, int offset, float* sums, byte* inner)
    {
        byte* x = Int8Rows.Bytes(row);
        float scale = Int8Rows.Scale(row);
        var zero = Vector128.Create(Int8Rows.Zero(row) + Int8Paths.Offset(path));
        for (int i = 0; i < PaddedRank; i += Together)
        {
            sbyte* down = Down + ((long)i * PaddedInputs);
            Vector128<int> four = path == Int8Path.Scalar ? DotFour(x, offset, down) : path == Int8Path.Vnni ? DotFourUnsigned(x, offset, down, PaddedInputs) : DotFour(x, offset, down, PaddedInputs);
            (Vector128.ConvertToSingle(four - (Vector128.Load(DownSums + i) * zero)) * (Vector128.Load(Scales + i) * scale)).Store(sums + i);
        }

        Int8Rows.Quantise(sums, Rank, 0, inner);
        int sum = 0;
        for (int i = 0; i < Rank; i++)
            sum += (sbyte)Int8Rows.Bytes(inner)[i];
        Start(inner) = -UpOffset * sum;
    }

    /// <summary>sum + U inner, for sixteen outputs.</summary>
    /// <param name="path">How.</param>
    /// <param name="inner">What <see cref="MultiplyDown"/> gave.</param>
    /// <param name="output">The first one, a multiple of 16.</param>
    /// <param name="sum">What it is added to.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector512<float> AddUp(Int8Path path, byte* inner, int output, Vector512<float> sum)
    {
        byte* panel = Up + ((long)output * PaddedRank);
        int* x = (int*)Int8Rows.Bytes(inner);
        Vector256<int> low = default, high = default;
        if (path == Int8Path.Vnni)
        {
            low = high = Vector256.Create(Start(inner));
            for (int* end = x + (PaddedRank / Int8Tiles.GroupInputs); x < end; x++, panel += Int8Tiles.GroupBytes)
            {
                var own = Vector256.Create(*x).AsSByte();
                low = AvxVnni.MultiplyWideningAndAdd(low, Vector256.Load(panel), own);
                high = AvxVnni.MultiplyWideningAndAdd(high, Vector256.Load(panel + Bytes), own);
            }
        }
        else if (path == Int8Path.Avx2)
        {
            var turned = Vector256.Create((byte)UpOffset);
            for (int* end = x + (PaddedRank / Int8Tiles.GroupInputs); x < end; x++, panel += Int8Tiles.GroupBytes)
            {
                var own = Vector256.Create(*x).AsSByte();
                Vector256<byte> size = Vector256.Abs(own).AsByte();
                low = SignedProducts.Add(false, low, size, Avx2.Sign((Vector256.Load(panel) ^ turned).AsSByte(), own));
                high = SignedProducts.Add(false, high, size, Avx2.Sign((Vector256.Load(panel + Bytes) ^ turned).AsSByte(), own));
            }
        }
        else
        {
            (low, high) = AddUpScalar((sbyte*)x, panel);
        }

        return Vector512.MultiplyAddEstimate(Vector512.ConvertToSingle(Vector512.Create(low, high)), Vector512.Create(Int8Rows.Scale(inner)), sum);
    }

    /// <summary>The same for one output.</summary>
    public readonly float AddUp(byte* inner, int output, float sum)
    {
        int own = 0;
        for (int i = 0; i < Rank; i++)
            own += (Up[UpAt(output, i)] - UpOffset) * (sbyte)Int8Rows.Bytes(inner)[i];
        return MathF.FusedMultiplyAdd(own, Int8Rows.Scale(inner), sum);
    }

    private readonly Vector128<int> DotFour(byte* x, int offset, sbyte* down)
    {
        Vector128<int> sums = default;
        for (int r = 0; r < Together; r++)
        {
            int sum = 0;
            for (int k = 0; k < PaddedInputs; k++)
                sum += (sbyte)(x[k] ^ offset) * down[DownAt(r, k)];
            sums = sums.WithElement(r, sum);
        }

        return sums;
    }

    /// <summary>What the sums of U (D x) begin with, where U's bytes are taken as they are; the product of D x is symmetric, and has no use for its zero.</summary>
    private static ref int Start(byte* inner) => ref Int8Rows.Zero(inner);

    /// <summary>x + 128 times four ranks; an offset of 128 is the sign bit turned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector128<int> DotFourUnsigned(byte* x, int offset, sbyte* w, int count)
    {
        Vector256<int> a = default, b = default, c = default, d = default;
        var turned = Vector256.Create((byte)(Int8Paths.Offset(Int8Path.Vnni) ^ offset));
        for (int k = 0; k < count; k += Bytes, w += Together * Bytes)
        {
            Sse.Prefetch0(w + AheadBytes);
            Sse.Prefetch0(w + AheadBytes + (2 * Bytes));
            Vector256<byte> own = Vector256.Load(x + k) ^ turned;
            a = AvxVnni.MultiplyWideningAndAdd(a, own, Vector256.Load(w));
            b = AvxVnni.MultiplyWideningAndAdd(b, own, Vector256.Load(w + Bytes));
            c = AvxVnni.MultiplyWideningAndAdd(c, own, Vector256.Load(w + (2 * Bytes)));
            d = AvxVnni.MultiplyWideningAndAdd(d, own, Vector256.Load(w + (3 * Bytes)));
        }

        return Total(a, b, c, d);
    }

    /// <summary>x times four ranks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector128<int> DotFour(byte* x, int offset, sbyte* w, int count)
    {
        Vector256<int> a = default, b = default, c = default, d = default;
        var turned = Vector256.Create((byte)offset);
        for (int k = 0; k < count; k += Bytes, w += Together * Bytes)
        {
            Sse.Prefetch0(w + AheadBytes);
            Sse.Prefetch0(w + AheadBytes + (2 * Bytes));
            Vector256<sbyte> own = (Vector256.Load(x + k) ^ turned).AsSByte();
            Vector256<byte> size = Vector256.Abs(own).AsByte();
            a = SignedProducts.Add(false, a, size, Avx2.Sign(Vector256.Load(w), own));
            b = SignedProducts.Add(false, b, size, Avx2.Sign(Vector256.Load(w + Bytes), own));
            c = SignedProducts.Add(false, c, size, Avx2.Sign(Vector256.Load(w + (2 * Bytes)), own));
            d = SignedProducts.Add(false, d, size, Avx2.Sign(Vector256.Load(w + (3 * Bytes)), own));
        }

        return Total(a, b, c, d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Total(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d)
    {
        Vector256<int> sums = Avx2.HorizontalAdd(Avx2.HorizontalAdd(a, b), Avx2.HorizontalAdd(c, d));
        return sums.GetLower() + sums.GetUpper();
    }

    private readonly (Vector256<int> Low, Vector256<int> High) AddUpScalar(sbyte* inner, byte* panel)
    {
        int* sums = stackalloc int[Int8Tiles.Columns];
        new Span<int>(sums, Int8Tiles.Columns).Clear();
        for (int g = 0; g < PaddedRank / Int8Tiles.GroupInputs; g++)
        {
            for (int b = 0; b < Int8Tiles.GroupBytes; b++)
                sums[b / Int8Tiles.GroupInputs] += (panel[(g * Int8Tiles.GroupBytes) + b] - UpOffset) * inner[(g * Int8Tiles.GroupInputs) + (b % Int8Tiles.GroupInputs)];
        }

        return (Vector256.Load(sums), Vector256.Load(sums + 8));
    }
}
