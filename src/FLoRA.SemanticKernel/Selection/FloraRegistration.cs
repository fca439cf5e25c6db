namespace FLoRA.SemanticKernel;

/// <summary>One call of <c>AddFlora</c>.</summary>
/// <param name="Key">Key of its internal services and name of its options: the service id, or "" without one.</param>
internal sealed record FloraRegistration(string Key);
