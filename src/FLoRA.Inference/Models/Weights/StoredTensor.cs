using FLoRA.Inference.Models.Safetensors;

namespace FLoRA.Inference.Models.Weights;

/// <summary>A tensor of a checkpoint and the file that holds it.</summary>
internal sealed record StoredTensor(SafetensorsFile File, TensorEntry Entry);
