using FLoRA.Inference.Models;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>What happens to a product's panel.</summary>
/// <param name="Activation">Non-linearity, or null.</param>
/// <param name="Gated">The layer stacks [gate; up]: act(gate) * up.</param>
/// <param name="Residual">It is added to what the output holds.</param>
internal readonly record struct PanelEpilogue(ActivationKind? Activation = null, bool Gated = false, bool Residual = false);
