using System.Text.Json;
using FLoRA.Benchmarks.Reports;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary>What a verb of <c>flora bench</c> has measured.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Fields">Writes the fields of the JSON object.</param>
/// <param name="Text">The same for people.</param>
internal sealed record BenchOutcome(Machine Machine, Action<Utf8JsonWriter> Fields, Func<string> Text);
