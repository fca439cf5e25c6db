using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels;

/// <summary>What is done to a linear layer's output.</summary>
internal enum EpilogueKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The non-linearity; gated where the layer stacks [gate; up].</summary>
    Activation,

    /// <summary>The residual is added.</summary>
    Residual,
}

/// <summary>Epilogue of a linear layer.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Activation">For <see cref="EpilogueKind.Activation"/>.</param>
/// <param name="Gated">act(first half) * second half.</param>
/// <param name="Residual">For <see cref="EpilogueKind.Residual"/>: [tokens, out].</param>
internal readonly record struct Epilogue(EpilogueKind Kind, ActivationKind Activation = default, bool Gated = false, Tensor? Residual = null);

/// <summary>
/// The one seam where adapters meet the maths: y = sum_i A_i * (W0 (B_i * x)) + beta * b [+ U D x] (Wen and Chaudhuri 2024,
/// equation 3, and DESIGN 1). All adapters of a step share each product with W0; an adapter costs rows, not products.
/// Modules that share an input (q, k, v; gate, up) are stacked; each has its own rows where an adapter touches it.
/// </summary>
/// <param name="blueprint">The stacked modules.</param>
/// <param name="firstModule">Index of the first one in the bank.</param>
/// <param name="weight">[sum of out, in], the modules' rows in order.</param>
/// <param name="bias">[sum of out], or null.</param>
/// <param name="product">x W^T + b.</param>
/// <param name="kernel">Does both sides of the product in one pass each; null: torch composes them.</param>
internal sealed class AdaptedLinear(LinearBlueprint blueprint, int firstModule, Tensor weight, Tensor? bias, MatrixProduct product, AdapterRows? kernel) : IDisposable
{
    private static readonly Scalar Zero = 0.ToScalar();
    private static readonly Scalar One = 1.ToScalar();

    private readonly Tensor _transposed = weight.t().DetachFromDisposeScope();
    private readonly Module[] _modules = Slice(blueprint, firstModule, weight, bias);

    /// <summary>Applies prologue, product with adapters, epilogue.</summary>
    /// <param name="input">[tokens, in].</param>
    /// <param name="prologue">Norm in front, or null.</param>
    /// <param name="epilogue">What happens to the output.</param>
    /// <param name="adapters">The adapters of the step.</param>
    /// <param name="consumeInput">The input is not needed any more and may be overwritten.</param>
    /// <returns>[tokens, out]; gated: [tokens, out / 2].</returns>
    public Tensor Forward(Tensor input, Norm? prologue, in Epilogue epilogue, BatchAdapters adapters, bool consumeInput = false)
    {
        Tensor x = prologue == null ? input : prologue.Apply(input);
        if (!adapters.Touches(firstModule, _modules.Length))
        {
            return epilogue is { Kind: EpilogueKind.Activation, Gated: false }
                ? product.Apply(x, weight, _transposed, bias, epilogue.Activation)
                : Finish(product.Apply(x, weight, _transposed, bias), epilogue);
        }

        if (_modules.Length == 1)
        {
            return kernel != null && adapters.Rows(firstModule) is { } rows && adapters.Additive(firstModule) == null && CanFuse(epilogue)
                ? InOnePass(x, _modules[0], rows, adapters, overwrite: consumeInput || prologue != null, epilogue.Kind == EpilogueKind.Activation ? epilogue.Activation : null, epilogue.Residual)
                : Finish(Adapted(x, _modules[0], adapters), epilogue);
        }

        var outputs = new Tensor[_modules.Length];
        for (int m = 0; m < outputs.Length; m++)
            outputs[m] = Adapted(x, _modules[m], adapters);
        return Finish(cat(outputs, 1), epilogue);
    }

    public void Dispose()
    {
        _transposed.Dispose();
        foreach (Module module in _modules)
        {
            module.Transposed.Dispose();
            module.Weight.Dispose();
            module.Bias?.Dispose();
        }
    }

    private Tensor Adapted(Tensor x, Module module, BatchAdapters adapters)
    {
        RowMap? rows = adapters.Rows(module.Index);
        AdditiveMap? additive = adapters.Additive(module.Index);
        if (rows == null && additive == null)
            return product.Apply(x, module.Weight, module.Transposed, module.Bias);
        BatchedPairs? batched = adapters.Batched(module.Index);

        // The kernel reads the scaled rows in the bank; only the composition and the additive pairs need them laid out.
        GatheredRows? gathered = kernel != null && (additive == null || batched != null) ? null : adapters.Gathered(module.Index);
        Tensor y;
        if (rows == null)
            y = product.Apply(x, module.Weight, module.Transposed, module.Bias);
        else if (kernel != null)
            y = InOnePass(x, module, rows, adapters, overwrite: false, null, null);
        else
            y = Reduce(Multiply(Expand(x, rows, gathered!.InputScale), module, rows, adapters), rows, gathered, module.Bias);
        if (batched != null)
        {
            batched.AddTo(x, y);
        }
        else if (additive != null)
        {
            Tensor down = x.narrow(0, additive.FirstToken, additive.TokenCount).mm(gathered!.Down!).masked_fill_(additive.Foreign, Zero);
            y.narrow(0, additive.FirstToken, additive.TokenCount).addmm_(down, gathered.Up!);
        }

        return y;
    }

    private static bool CanFuse(in Epilogue epilogue) =>
        epilogue.Kind != EpilogueKind.Activation || (!epilogue.Gated && epilogue.Activation != ActivationKind.Gelu);

    private Tensor InOnePass(Tensor x, Module module, RowMap rows, BatchAdapters adapters, bool overwrite, ActivationKind? activation, Tensor? residual)
    {
        ModuleBank bank = adapters.Bank(module.Index);
        Tensor? inputScale = rows.Scales.HasFlag(ModuleScales.Input) ? bank.InputScale : null;
        Tensor expanded = inputScale is null && rows.RowCount == rows.TokenCount ? x : kernel!.Expand(x, rows, inputScale, overwrite);
        Tensor z = Multiply(expanded, module, rows, adapters);
        return kernel!.Reduce(z, rows, bank, module.Bias, activation, residual);
    }

    /// <summary>[rows, in] -> [rows, out], each by its weight: the model's own, or one that is formed for a prompt (<see cref="PromptForming"/>).</summary>
    private Tensor Multiply(Tensor expanded, Module module, RowMap rows, BatchAdapters adapters)
    {
        if (rows.Weights.Count == 1 && rows.Weights[0].Adapter is null)
            return product.Apply(expanded, module.Weight, module.Transposed, null);
        var parts = new Tensor[rows.Weights.Count];
        for (int w = 0; w < parts.Length; w++)
        {
            WeightRun run = rows.Weights[w];
            Tensor part = expanded.narrow(0, run.First, run.Count);
            if (run.Adapter is not { } adapter)
            {
                parts[w] = product.Apply(part, module.Weight, module.Transposed, null);
                continue;
            }

            using Tensor formed = MergedLinear.FormRows(module.Weight, adapters.Bank(module.Index), module.Index, adapter);
            using Tensor transposed = formed.t();
            parts[w] = product.Apply(part, formed, transposed, null);
        }

        return parts.Length == 1 ? parts[0] : cat(parts, 0);
    }

    /// <summary>[tokens, in] -> [rows, in], the scaled rows multiplied by B.</summary>
    private static Tensor Expand(Tensor x, RowMap map, Tensor? inputScale)
    {
        bool all = map.ScaledTokens == map.TokenCount;
        if (map.Runs.Count == 1)
        {
            int perToken = map.Runs[0].RowsPerToken;
            Tensor scaled = all ? x : x.narrow(0, 0, map.ScaledTokens);
            if (perToken > 1 && inputScale is not null)
                scaled = scaled.unsqueeze(1).mul(inputScale.view(map.ScaledTokens, perToken, -1)).view(map.ScaledRows, -1);
            else if (perToken == 1 && inputScale is not null)
                scaled = scaled.mul(inputScale);
            if (perToken == 1 || inputScale is not null)
                return all ? scaled : inputScale is null ? x : cat([scaled, x.narrow(0, map.ScaledTokens, map.TokenCount - map.ScaledTokens)], 0);
        }

        Tensor rows = x.index_select(0, map.TokenOfRow);
        if (inputScale is not null)
            rows.narrow(0, 0, map.ScaledRows).mul_(inputScale);
        return rows;
    }

    /// <summary>[rows, out] -> [tokens, out]: multiplies by A, sums each token's rows in order, adds the bias.</summary>
    private static Tensor Reduce(Tensor z, RowMap map, GatheredRows gathered, Tensor? bias)
    {
        bool all = map.ScaledTokens == map.TokenCount;
        bool onlySingleRows = map.ScaledRows == map.ScaledTokens;
        Tensor? plainBias = gathered.ScaledBias is null ? bias : null;
        if (all && onlySingleRows && plainBias is not null && gathered.OutputScale is not null)
            return plainBias.addcmul(z, gathered.OutputScale, One);
        if (gathered.OutputScale is not null)
            (all ? z : z.narrow(0, 0, map.ScaledRows)).mul_(gathered.OutputScale);
        Tensor y = onlySingleRows ? z : SumRuns(z, map);
        if (plainBias is not null)
            return y.add_(plainBias, One);
        if (gathered.ScaledBias is null)
            return y;
        y.narrow(0, 0, map.ScaledTokens).add_(gathered.ScaledBias, One);
        if (!all)
            y.narrow(0, map.ScaledTokens, map.TokenCount - map.ScaledTokens).add_(bias!, One);
        return y;
    }

    private static Tensor SumRuns(Tensor z, RowMap map)
    {
        var parts = new List<Tensor>(map.Runs.Count + 1);
        long row = 0;
        foreach (RowRun run in map.Runs)
        {
            long count = (long)run.TokenCount * run.RowsPerToken;
            Tensor part = z.narrow(0, row, count);
            parts.Add(run.RowsPerToken == 1 ? part : part.view(run.TokenCount, run.RowsPerToken, -1).sum(1));
            row += count;
        }

        if (row < map.RowCount)
            parts.Add(z.narrow(0, row, map.RowCount - row));
        return parts.Count == 1 ? parts[0] : cat(parts, 0);
    }

    private static Tensor Finish(Tensor y, in Epilogue epilogue)
    {
        switch (epilogue.Kind)
        {
            case EpilogueKind.Residual:
                return y.add_(epilogue.Residual!, One);
            case EpilogueKind.Activation when epilogue.Gated:
                long half = y.size(1) / 2;
                return Activation.Apply(epilogue.Activation, y.narrow(1, 0, half)).mul_(y.narrow(1, half, half));
            case EpilogueKind.Activation:
                return Activation.Apply(epilogue.Activation, y);
            default:
                return y;
        }
    }

    private static Module[] Slice(LinearBlueprint blueprint, int firstModule, Tensor weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        var modules = new Module[blueprint.Modules.Count];
        long row = 0;
        for (int m = 0; m < modules.Length; m++)
        {
            long outFeatures = blueprint.Modules[m].OutFeatures;
            modules[m] = new Module(
                firstModule + m,
                weight.narrow(0, row, outFeatures).DetachFromDisposeScope(),
                weight.narrow(0, row, outFeatures).t().DetachFromDisposeScope(),
                bias?.narrow(0, row, outFeatures).DetachFromDisposeScope());
            row += outFeatures;
        }

        return modules;
    }

    /// <param name="Index">In the bank.</param>
    /// <param name="Weight">View [out, in] of the stacked weight.</param>
    /// <param name="Transposed">View [in, out] of it.</param>
    /// <param name="Bias">View [out], or null.</param>
    private readonly record struct Module(int Index, Tensor Weight, Tensor Transposed, Tensor? Bias);
}
