using System.Text.Json;
using System.Text.Json.Serialization;
using CodeAgent.Languages;

namespace CodeAgent.Agent;

/// <summary>The problems in a folder of &lt;language&gt;.jsonl files (MultiPL-E's fields), the same in every file.</summary>
internal static class EvalSet
{
    /// <summary>Reads the files of the given languages, in file order.</summary>
    /// <exception cref="UsageException">A file is missing, malformed, or holds other problems than the first one.</exception>
    public static IReadOnlyList<CodingTask> Load(string folder, IReadOnlyList<Language> languages)
    {
        (Language Language, List<Line> Lines)[] files = [.. languages.Select(l => (l, Read(Path.Combine(folder, l.Id + ".jsonl"))))];
        List<Line> first = files[0].Lines;
        foreach ((Language language, List<Line> lines) in files)
        {
            if (!lines.Select(l => l.Name).SequenceEqual(first.Select(l => l.Name)))
                throw new UsageException($"The eval set {language.Id}.jsonl in '{folder}' does not hold the same problems as {languages[0].Id}.jsonl.");
        }
        return [.. first.Select((line, i) => new CodingTask(
            line.Name, DescriptionOf(line.Prompt), files.ToDictionary(f => f.Language.Id, f => f.Lines[i].ToTask())))];
    }

    /// <summary>As many of the tasks as asked for, chosen and ordered by the seed.</summary>
    /// <exception cref="UsageException">There are not that many.</exception>
    public static IReadOnlyList<CodingTask> Choose(IReadOnlyList<CodingTask> tasks, int count, int seed)
    {
        if (count < 1 || count > tasks.Count)
            throw new UsageException($"--tasks expects 1 to {tasks.Count}, the problems of the eval set; got {count}.");
        CodingTask[] shuffled = [.. tasks];
        new Random(seed).Shuffle(shuffled);
        return shuffled[..count];
    }

    private static List<Line> Read(string file)
    {
        if (!File.Exists(file))
            throw new UsageException($"The eval set '{file}' is missing.");
        try
        {
            List<Line> lines = [.. File.ReadLines(file).Where(l => l.Length > 0).Select(l => JsonSerializer.Deserialize<Line>(l)!)];
            return lines.Count > 0 ? lines : throw new UsageException($"The eval set '{file}' is empty.");
        }
        catch (JsonException e)
        {
            throw new UsageException($"The eval set '{file}' is malformed: {e.Message}");
        }
    }

    // The first comment line of the prompt; Racket and PHP have a line of their own before it.
    private static string DescriptionOf(string prompt) =>
        prompt.Split('\n').First(l => !l.StartsWith("#lang", StringComparison.Ordinal) && !l.StartsWith("<?", StringComparison.Ordinal)).TrimStart('#', '/', '-', ';', ' ');

    private sealed record Line(
        [property: JsonPropertyName("name"), JsonRequired] string Name,
        [property: JsonPropertyName("prompt"), JsonRequired] string Prompt,
        [property: JsonPropertyName("tests"), JsonRequired] string Tests,
        [property: JsonPropertyName("stop_tokens"), JsonRequired] IReadOnlyList<string> StopTokens,
        [property: JsonPropertyName("canonical_solution")] string? CanonicalSolution)
    {
        public LanguageTask ToTask() => new(Prompt, Tests, StopTokens, IsTested: true, CanonicalSolution);
    }
}
