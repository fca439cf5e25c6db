namespace FLoRA.Bench.LoraBaseline;

/// <summary>One place of the grid; microseconds per call, medians.</summary>
/// <param name="Width">d, of input and output.</param>
/// <param name="Batch">Sequences, one token and one adapter each.</param>
/// <param name="Rank">Of every adapter.</param>
/// <param name="Base">The dense product alone.</param>
/// <param name="Flora">fLoRA's rows in the engine's layer.</param>
/// <param name="BmmLora">LoRA by batched products.</param>
/// <param name="EngineLora">LoRA in the engine's layer.</param>
internal sealed record Cell(int Width, int Batch, int Rank, double Base, double Flora, double BmmLora, double EngineLora);
