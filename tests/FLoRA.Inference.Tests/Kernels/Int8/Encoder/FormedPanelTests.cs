using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels.Cpu.Packed;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;
using FLoRA.Inference.Models;

namespace FLoRA.Inference.Tests.Kernels.Int8.Encoder;

/// <summary>Formed panels against the formula of DESIGN 1, within half a step of each output's own scale.</summary>
public sealed unsafe class FormedPanelTests
{
    [Theory, CombinatorialSeeds(40)]
    public void A_formed_weight_is_the_formula_rounded(int seed)
    {
        Assert.SkipUnless(PanelShape.Columns > 0, "needs the kernels");
        var choose = new Random(seed);
        var random = new RandomAdapters(seed);
        var module = new ModuleBlueprint("m", choose.Next(1, 70), choose.Next(1, 50), HasBias: false);
        ModuleAdapter adapter = random.Next([module]).Modules[0];
        using var weight = new Int8Weight(module.OutFeatures, module.InFeatures, Int8Paths.Best);
        float[] w0 = new float[module.OutFeatures * module.InFeatures];
        for (int o = 0; o < module.OutFeatures; o++)
        {
            weight.SetRow(o, random.Floats(module.InFeatures));
            fixed (float* to = &w0[o * module.InFeatures])
                weight.ReadRow(o, to); // as it was rounded
        }

        using var room = new NativeBuffer(FormedPanel.RoomCount(module.InFeatures));
        float* scales = stackalloc float[Int8Tiles.Columns];
        for (int o = 0; o < PanelShape.RoundUp(module.OutFeatures, Int8Tiles.Columns); o++)
        {
            sbyte* panel = FormedPanel.Form(weight, o / Int8Tiles.Columns, adapter, room.Start, scales);
            float scale = scales[o % Int8Tiles.Columns];
            for (int i = 0; i < weight.Groups * 4; i++)
            {
                double expected = o < module.OutFeatures && i < module.InFeatures ? Formula(w0, module, adapter, o, i) : 0;
                int own = panel[(i / 4 * Int8Tiles.GroupBytes) + (o % Int8Tiles.Columns * 4) + (i % 4)];
                Assert.InRange(own, -127, 127);
                Assert.True(Math.Abs((own * (double)scale) - expected) <= (0.5001 * scale) + 1e-6, $"output {o}, input {i}: {own} x {scale}, expected {expected}");
            }
        }
    }

    private static double Formula(float[] w0, ModuleBlueprint module, ModuleAdapter adapter, int output, int input)
    {
        double factor = adapter.OutputScale is null && adapter.InputScale is null ? 1 : Enumerable.Range(0, adapter.RowCount).Sum(row =>
            (double)(adapter.OutputScale?[(row * module.OutFeatures) + output] ?? 1) * (adapter.InputScale?[(row * module.InFeatures) + input] ?? 1));
        double added = Enumerable.Range(0, adapter.AdditiveRank).Sum(i => (double)adapter.Up![(output * adapter.AdditiveRank) + i] * adapter.Down![(i * module.InFeatures) + input]);
        return (w0[(output * module.InFeatures) + input] * factor) + added;
    }
}
