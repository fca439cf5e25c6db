using FLoRA.Inference.Adapters;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>
/// The modules of one unit of encoder work as its products take them, for every adapter in it: W0 once for the base and all adapters of one row, a formed weight for each of the others. Laid out by the team in front
/// of the unit (the passes over positions read each weight many times) in memory that is kept from unit to unit; nothing is kept for an adapter.
/// </summary>
/// <param name="product">Decides how operands lie.</param>
/// <param name="threads">Most workers.</param>
internal sealed unsafe class UnitWeights(ManyRowsProduct product, int threads) : IDisposable
{
    private readonly List<Layout> _layouts = [];
    private readonly List<(InstalledAdapter? Adapter, ModuleSides[] Sides)> _adapters = [];
    private readonly NativeBuffer?[] _scratch = new NativeBuffer?[threads];
    private NativeBuffer? _room;
    private int _panels;

    /// <summary>Takes the unit's modules and adapters; engine thread.</summary>
    /// <param name="modules">Modules.</param>
    /// <param name="adapters">Of its recordings.</param>
    public void Take(IReadOnlyList<EncoderModule> modules, IReadOnlyList<InstalledAdapter?> adapters)
    {
        _layouts.Clear();
        _adapters.Clear();
        _panels = 0;
        InstalledAdapter?[] distinct = [.. adapters.Distinct()];
        float* next = NativeBuffer.Grow(ref _room, modules.Sum(m => RoomCount(m, distinct)));
        foreach (InstalledAdapter? adapter in distinct)
            _adapters.Add((adapter, new ModuleSides[modules.Count]));
        for (int m = 0; m < modules.Count; m++)
        {
            Int8Operand? plain = null;
            foreach ((InstalledAdapter? adapter, ModuleSides[] sides) in _adapters)
                sides[m] = Sides(modules[m], modules[m].Of(adapter), ref plain, ref next);
        }
    }

    /// <summary>A module under an adapter.</summary>
    public ModuleSides Of(InstalledAdapter? adapter, int module) => _adapters.First(a => ReferenceEquals(a.Adapter, adapter)).Sides[module];

    /// <summary>Unpacks and forms.</summary>
    /// <param name="worker">Which.</param>
    /// <param name="team">All.</param>
    public void LayOut(int worker, KernelTeam team)
    {
        while (team.NextShare(worker, _panels, 1, out int item, out int end))
        {
            int at = 0;
            for (; item < end; item++)
            {
                while (item >= _layouts[at].EndPanel)
                    at++;
                Layout layout = _layouts[at];
                int panel = item - layout.EndPanel + layout.Weight.PanelCount;
                sbyte* bytes = layout.Adapter is null ? layout.Weight.PanelAt(panel) : Form(layout, panel, _scratch[worker]!.Start);
                product.SetPanel(bytes, layout.Operand, panel);
            }
        }
    }

    public void Dispose()
    {
        _room?.Dispose();
        foreach (NativeBuffer? scratch in _scratch)
            scratch?.Dispose();
    }

    /// <summary>A panel under an adapter, from the adapter's own numbers.</summary>
    private static sbyte* Form(Layout layout, int panel, float* scratch)
    {
        ModuleAdapter adapter = layout.Adapter!;
        fixed (float* b = adapter.InputScale, a = adapter.OutputScale, down = adapter.Down, up = adapter.Up)
        {
            var forming = new Int8Forming(adapter.RowCount, new AdapterNumbers(b, NumberType.Single), new AdapterNumbers(a, NumberType.Single), down, up, adapter.AdditiveRank);
            int first = panel * Int8Tiles.Columns;
            forming.Form(layout.Weight, panel, (sbyte*)scratch, (float*)layout.Factors + first, (int*)layout.Sums + first, scratch + (layout.Weight.Groups * Int8Tiles.Columns));
            return (sbyte*)scratch;
        }
    }

    /// <summary>A panel, and what forming it takes.</summary>
    private static long ScratchCount(Int8Weight weight, ModuleAdapter adapter) =>
        ((long)weight.Groups * Int8Tiles.Columns) + Int8Forming.ScratchCount(weight.Groups, adapter.RowCount + adapter.AdditiveRank);

    /// <summary>An operand, factors, sums and bias for each adapter, B for those of one row.</summary>
    private static long RoomCount(EncoderModule module, InstalledAdapter?[] adapters)
    {
        long operand = OperandCount(module.Weight), sides = (3L * module.PaddedOutputs) + PanelShape.RoundUp(module.Weight.InFeatures, Int8Tiles.Columns);
        return operand + adapters.Sum(a => sides + (EncoderModule.IsFormed(module.Of(a)) ? operand : 0));
    }

    private static long OperandCount(Int8Weight weight) =>
        (PanelShape.RoundUp(weight.OutFeatures, Int8Tiles.Columns) + (Int8Operand.ByteCount(weight.OutFeatures, weight.InFeatures) / sizeof(float)) + Int8Tiles.Columns - 1) / Int8Tiles.Columns * Int8Tiles.Columns;

    private ModuleSides Sides(EncoderModule module, ModuleAdapter? adapter, ref Int8Operand? plain, ref float* next)
    {
        bool isFormed = EncoderModule.IsFormed(adapter);
        int outputs = module.Weight.OutFeatures, inputs = module.Weight.InFeatures;
        var sides = new ModuleSides { Factors = Take(module.PaddedOutputs, ref next), Bias = Take(module.PaddedOutputs, ref next), Sums = (int*)Take(module.PaddedOutputs, ref next) };
        for (int o = 0; o < outputs; o++)
        {
            sides.Factors[o] = module.Weight.ScaleOf(o) * (adapter?.OutputScale is { } a ? a[o] : 1); // a formed weight brings its own, and its sums
            sides.Sums[o] = module.Weight.SumOf(o);
            sides.Bias[o] = module.Bias == null ? 0 : module.Bias[o] * (adapter?.BiasScale is { } beta ? beta[o] : 1);
        }

        for (int o = outputs; o < module.PaddedOutputs; o++)
            sides.Factors[o] = sides.Bias[o] = sides.Sums[o] = 0;
        if (isFormed)
        {
            for (int worker = 0; worker < _scratch.Length; worker++)
                NativeBuffer.Grow(ref _scratch[worker], ScratchCount(module.Weight, adapter!));
            sides.Operand = LayOut(module, adapter, sides, ref next);
            return sides;
        }

        if (adapter?.InputScale is { } b)
        {
            int padded = PanelShape.RoundUp(inputs, Int8Tiles.Columns);
            var scale = new Span<float>(sides.InputScale = Take(padded, ref next), padded);
            b.CopyTo(scale);
            scale[inputs..].Clear();
        }

        sides.Operand = plain ??= LayOut(module, null, default, ref next);
        return sides;
    }

    private Int8Operand LayOut(EncoderModule module, ModuleAdapter? adapter, in ModuleSides sides, ref float* next)
    {
        float* room = Take(OperandCount(module.Weight), ref next);
        var operand = new Int8Operand { Start = (int*)room, Bytes = (sbyte*)(room + module.PaddedOutputs), Outputs = module.PaddedOutputs, Inputs = module.Weight.Groups * Int8Tiles.GroupInputs };
        _panels += module.Weight.PanelCount;
        _layouts.Add(new Layout(module.Weight, adapter, operand, (nint)sides.Factors, (nint)sides.Sums, _panels));
        return operand;
    }

    private static float* Take(long count, ref float* next)
    {
        float* at = next;
        next += count;
        return at;
    }

    private sealed record Layout(Int8Weight Weight, ModuleAdapter? Adapter, Int8Operand Operand, nint Factors, nint Sums, int EndPanel);
}
