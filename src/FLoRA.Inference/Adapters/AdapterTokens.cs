namespace FLoRA.Inference.Adapters;

/// <summary>One sequence's part of a step, as its adapters see it.</summary>
/// <param name="Adapter">In the bank; null: base.</param>
/// <param name="Tokens">Tokens.</param>
/// <param name="Formed">How many of the first are multiplied by formed weights (<see cref="Models.PromptForming"/>): one row each.</param>
internal readonly record struct AdapterTokens(InstalledAdapter? Adapter, int Tokens, int Formed = 0);
