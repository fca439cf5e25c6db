using System.Runtime.Intrinsics;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Native;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Kernels;

/// <summary>bfloat16 in kernels against libtorch's own conversions.</summary>
public unsafe class NumberFormTests
{
    [Fact]
    public void Every_bfloat16_comes_back()
    {
        ushort* narrow = stackalloc ushort[8], again = stackalloc ushort[8];
        for (int first = 0; first < 0x10000; first += 8)
        {
            for (int i = 0; i < 8; i++)
                narrow[i] = (ushort)(first + i);
            Vector256<float> wide = BFloat16Form.Load(narrow, 0);
            BFloat16Form.Store(wide, again, 0);
            for (int i = 0; i < 8; i++)
            {
                float one = BFloat16Form.Read(narrow, i);
                Assert.Equal(BitConverter.SingleToInt32Bits(one), BitConverter.SingleToInt32Bits(wide[i]));
                if (float.IsNaN(one))
                    Assert.True(float.IsNaN(BFloat16Form.Read(again, i)));
                else
                    Assert.Equal(narrow[i], again[i]);
            }
        }
    }

    [Fact]
    public void Rounding_is_libtorchs()
    {
        NativeRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var random = new Random(3);
        float[] numbers = [.. Enumerable.Range(0, 80_000).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue))), .. Enumerable.Range(0, 0x4000).Select(i => BitConverter.Int32BitsToSingle((i << 17) | 0x8000))];
        float[] expected = tensor(numbers).to(ScalarType.BFloat16).to(ScalarType.Float32).data<float>().ToArray();
        ushort* narrow = stackalloc ushort[16];
        fixed (float* from = numbers)
        {
            for (int first = 0; first < numbers.Length; first += 8)
            {
                BFloat16Form.Store(Vector256.Load(from + first), narrow, 0);
                for (int i = 0; i < 8; i++)
                {
                    BFloat16Form.Write(from[first + i], narrow, 8 + i);
                    Assert.Equal(expected[first + i], BFloat16Form.Read(narrow, i));
                    Assert.Equal(expected[first + i], BFloat16Form.Read(narrow, 8 + i));
                }
            }
        }
    }

    [Fact]
    public void A_type_without_a_kernel_is_refused_by_name()
    {
        TorchCpuLibrary library = TorchCpuLibrary.TryBind(NativeRuntime.EnsureLoaded().TorchFolder)!;
        Assert.False(AdapterRows.Suits(ScalarType.Float16));
        Assert.Contains("expected float32 or bfloat16, got Float16", Assert.Throws<ArgumentException>(() => new AdapterRows(library, ScalarType.Float16)).Message, StringComparison.Ordinal);
    }
}
