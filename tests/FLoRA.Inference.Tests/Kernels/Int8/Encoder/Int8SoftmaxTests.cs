using FLoRA.Inference.Kernels.Cpu.Packed;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

namespace FLoRA.Inference.Tests.Kernels.Int8.Encoder;

/// <summary>Weights of eight bits against exponentials in double.</summary>
public sealed unsafe class Int8SoftmaxTests
{
    private const double Largest = 253.5;

    [Fact]
    public void A_weight_is_its_exponential_rounded_up_or_down()
    {
        var random = new Random(3);
        foreach (int count in (int[])[1, 2, 15, 16, 17, 150, 1500])
        {
            foreach (double spread in (double[])[0, 0.3, 2, 8, 100])
            {
                int[] scores = [.. Enumerable.Range(0, count).Select(_ => random.Next(-200_000, 200_000))];
                float[] scales = [.. Enumerable.Range(0, count).Select(_ => 0.5f + random.NextSingle())];
                float factor = (float)(spread / 200_000 * Math.Log2(Math.E));
                int[] weights = Apply(scores, scales, factor, out int sum);
                double[] exact = Exact(scores, scales, factor);
                Assert.All(weights.Zip(exact), w => Assert.InRange(w.First, Math.Floor(w.Second - 0.05), Math.Ceiling(w.Second + 0.05)));
                Assert.Equal(weights.Sum(), sum);
                Assert.InRange(weights.Max(), 253, 254);
            }
        }
    }

    [Fact]
    public void Small_weights_keep_their_sum()
    {
        // One position is sure, the others share the rest: each a twentieth of a step, together three quarters of the first.
        const int Count = 1500;
        int[] scores = new int[Count];
        scores[700] = 1000;
        float factor = (float)(Math.Log2(2000) / 1000);
        int[] weights = Apply(scores, [.. Enumerable.Repeat(1f, Count)], factor, out int sum);
        double exact = Exact(scores, [.. Enumerable.Repeat(1f, Count)], factor).Sum();
        Assert.InRange(sum, exact * 0.99, exact * 1.01);
        Assert.InRange(weights[..700].Sum(), (exact - Largest) * 0.45, (exact - Largest) * 0.5);
    }

    [Fact]
    public void Scores_that_are_all_the_same_weigh_the_same_whatever_they_are()
    {
        foreach (int score in (int[])[0, 5, -100_000, 2_000_000])
            Assert.All(Apply([.. Enumerable.Repeat(score, 21)], [.. Enumerable.Repeat(1f, 21)], 0.01f, out _), w => Assert.InRange(w, 253, 254));
    }

    [Fact]
    public void A_factor_that_is_no_number_gives_no_weight_out_of_bounds()
    {
        Assert.All(Apply([1, 2, 3], [1, 1, 1], float.NaN, out int sum), w => Assert.Equal(0, w));
        Assert.Equal(0, sum);
    }

    private static int[] Apply(int[] scores, float[] scales, float factor, out int sum)
    {
        Assert.SkipUnless(PanelShape.Columns > 0, "needs the kernels");
        int padded = PanelShape.RoundUp(scores.Length, 16);
        int[] own = [.. scores, .. new int[padded - scores.Length]];
        float[] ownScales = [.. scales, .. new float[padded - scores.Length]], thresholds = new float[padded];
        byte[] plain = new byte[padded], turned = new byte[padded];
        fixed (int* s = own)
        fixed (float* k = ownScales, t = thresholds)
        fixed (byte* p = plain, q = turned)
        {
            Int8Softmax.FillThresholds(padded, t);
            sum = Int8Softmax.Apply(s, k, factor, t, scores.Length, 0, p);
            Array.Copy(scores, own, scores.Length);
            Assert.Equal(sum, Int8Softmax.Apply(s, k, factor, t, scores.Length, 128, q));
        }

        for (int i = 0; i < scores.Length; i++)
            Assert.Equal(plain[i] + 128, turned[i] + (plain[i] > 127 ? 256 : 0));
        return [.. plain[..scores.Length].Select(b => (sbyte)b + Int8Softmax.Middle)];
    }

    private static double[] Exact(int[] scores, float[] scales, float factor)
    {
        double[] scaled = [.. scores.Select((s, i) => (double)((float)s * scales[i]))];
        double top = scaled.Max();
        return [.. scaled.Select(s => Largest * Math.Pow(2, (s - top) * factor))];
    }
}
