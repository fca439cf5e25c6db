namespace FLoRA.Bench.Serving;

/// <summary>
/// A way of serving the same prompts: in waves of so many concurrent requests. A wave begins when the one before has ended, so
/// every arm produces the same number of tokens from the same prompts.
/// </summary>
/// <param name="Name">Of the arm.</param>
/// <param name="Concurrency">Requests at the same time.</param>
/// <param name="Adapter">Prompt's number to adapter name; null: base.</param>
internal sealed record Arm(string Name, int Concurrency, Func<int, string?> Adapter);
