using System.Text.Json;
using FLoRA.Inference.Text;

namespace FLoRA.Bench.Serving;

/// <summary>The prompts: held-out problems of the model, a language per adapter in turn.</summary>
internal static class Prompts
{
    /// <summary>Token ids of <paramref name="count"/> prompts; number i is problem i / 8 in language i mod 8.</summary>
    public static IReadOnlyList<IReadOnlyList<int>> Read(string coder, int count)
    {
        Tokenizer tokenizer = Tokenizer.Load(Path.Combine(coder, "model"));
        string[][] problems = [.. Arms.Languages.Select(language => File.ReadAllLines(Path.Combine(coder, "eval", $"{language}.jsonl")))];
        return [.. Enumerable.Range(0, count).Select(i => tokenizer.Encode(Prompt(problems[i % problems.Length][i / problems.Length])))];
    }

    private static string Prompt(string line)
    {
        using JsonDocument problem = JsonDocument.Parse(line);
        return problem.RootElement.GetProperty("prompt").GetString()!;
    }
}
