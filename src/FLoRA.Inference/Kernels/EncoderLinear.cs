using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels;

/// <summary>Consecutive positions of recordings with the same adapter.</summary>
/// <param name="Adapter">In the bank; null: base.</param>
/// <param name="FirstPosition">Place on the axis of all recordings' positions.</param>
/// <param name="PositionCount">Positions.</param>
internal readonly record struct AdapterGroup(InstalledAdapter? Adapter, int FirstPosition, int PositionCount);

/// <summary>
/// A linear layer over whole recordings. One product for all that it is the same for. An adapter costs whichever is less: its weight is formed
/// once and used for all its positions (<see cref="MergedLinear"/>), or its rows go through the base product beside everybody else's
/// (<see cref="RowLinear"/>); see <see cref="MergeCost"/>.
/// </summary>
/// <param name="stacked">The layer.</param>
/// <param name="firstModule">Index of its first module in the bank.</param>
/// <param name="bank">The installed adapters.</param>
/// <param name="product">x W^T + b.</param>
/// <param name="recordingPositions">Positions of one recording. The choice depends on these alone, so that a recording gets the same numbers in any company.</param>
/// <param name="formed">Weights that were formed before; null: none are kept.</param>
internal sealed class EncoderLinear(StackedLinear stacked, int firstModule, AdapterBank bank, MatrixProduct product, int recordingPositions, FormedWeights? formed = null) : IDisposable
{
    private readonly Tensor _transposed = stacked.Weight.t().DetachFromDisposeScope();

    /// <summary>[positions, in] -> [positions, out].</summary>
    /// <param name="input">All recordings' positions.</param>
    /// <param name="groups">Their adapters, in order.</param>
    /// <param name="activation">Non-linearity, or null.</param>
    public Tensor Forward(Tensor input, IReadOnlyList<AdapterGroup> groups, ActivationKind? activation)
    {
        if (!groups.Any(g => Touches(g.Adapter)))
            return product.Apply(input, stacked.Weight, _transposed, stacked.Bias, activation);
        List<AdapterGroup> asRows = [.. groups.Where(g => !Touches(g.Adapter) || !MergeCost.FormsWeight(stacked.Blueprint, firstModule, g.Adapter!, recordingPositions))];
        bool shares = asRows.Any(g => Touches(g.Adapter));
        IReadOnlyList<Tensor> ofRows = shares ? RowLinear.Apply(stacked, firstModule, bank, product, [.. asRows.Select(g => (Own(input, g, groups), g.Adapter))]) : [];
        var outputs = new Tensor[groups.Count];
        for (int g = 0, row = 0; g < outputs.Length; g++)
        {
            AdapterGroup group = groups[g];
            bool isRow = row < asRows.Count && asRows[row] == group;
            if (isRow && shares)
            {
                outputs[g] = activation is { } kind ? Activation.Apply(kind, ofRows[row]) : ofRows[row];
            }
            else if (isRow)
            {
                outputs[g] = product.Apply(Own(input, group, groups), stacked.Weight, _transposed, stacked.Bias, activation);
            }
            else
            {
                (Tensor weight, Tensor? bias) = formed is null ? Form(group.Adapter!) : formed.Get(stacked, group.Adapter!, () => Form(group.Adapter!));
                outputs[g] = product.Apply(Own(input, group, groups), weight, weight.t(), bias, activation);
            }

            row += isRow ? 1 : 0;
        }

        return outputs.Length == 1 ? outputs[0] : cat(outputs, 0);
    }

    public void Dispose() => _transposed.Dispose();

    private (Tensor Weight, Tensor? Bias) Form(InstalledAdapter adapter) => MergedLinear.Form(stacked, firstModule, bank, adapter);

    private static Tensor Own(Tensor input, AdapterGroup group, IReadOnlyList<AdapterGroup> groups) =>
        groups.Count == 1 ? input : input.narrow(0, group.FirstPosition, group.PositionCount);

    private bool Touches(InstalledAdapter? adapter) => MergedLinear.Touches(adapter, firstModule, stacked.Blueprint.Modules.Count);
}
