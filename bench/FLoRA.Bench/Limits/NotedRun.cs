using System.Text.Json;

namespace FLoRA.Bench.Limits;

/// <summary>A line that <c>note</c> of bench/lib.sh wrote: what was run, and what it gave.</summary>
/// <param name="Run">Arguments of <c>flora bench</c>; of a comparison what was compared.</param>
/// <param name="Result">Its JSON.</param>
internal sealed record NotedRun(string Run, JsonElement Result)
{
    private readonly string[] _words = Run.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Reads a file of such lines.</summary>
    /// <exception cref="InvalidDataException">A line is something else.</exception>
    public static IReadOnlyList<NotedRun> ReadAll(string file)
    {
        var runs = new List<NotedRun>();
        foreach (string line in File.ReadLines(file).Where(l => l.Length > 0))
        {
            try
            {
                JsonElement noted = JsonElement.Parse(line);
                runs.Add(new NotedRun(noted.GetProperty("run").GetString()!, noted.GetProperty("result")));
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw new InvalidDataException($"{file}, line {runs.Count + 1}: expected {{\"run\": .., \"result\": ..}}, got {line[..Math.Min(line.Length, 60)]} ({e.Message})");
            }
        }

        return runs;
    }

    /// <summary>decode, prefill, compare: and so on.</summary>
    public string Verb => _words[0];

    /// <summary>What follows an option, or <paramref name="otherwise"/>.</summary>
    public string Option(string name, string otherwise) => Array.IndexOf(_words, name) is var at and >= 0 && at + 1 < _words.Length ? _words[at + 1] : otherwise;

    /// <summary>A number of the result; the path's parts are names of objects in it.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public double Number(params string[] path)
    {
        JsonElement at = Result;
        foreach (string name in path)
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at))
                throw new InvalidDataException($"The result of '{Run}' has no {string.Join('.', path)}.");
        }

        return at.GetDouble();
    }
}
