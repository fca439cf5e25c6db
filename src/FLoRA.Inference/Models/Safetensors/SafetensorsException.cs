namespace FLoRA.Inference.Models.Safetensors;

/// <summary>
/// A safetensors file is not what its format demands. The message names the file, the tensor, expected and got;
/// callers wrap it in <see cref="ModelLoadException"/> or <see cref="AdapterLoadException"/>.
/// </summary>
internal sealed class SafetensorsException(string message, Exception? inner = null) : Exception(message, inner);
