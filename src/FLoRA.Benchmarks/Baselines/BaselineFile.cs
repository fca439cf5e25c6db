using System.Text;
using System.Text.Json;

namespace FLoRA.Benchmarks.Baselines;

/// <summary>An earlier result of <c>flora bench</c>: one JSON object, or lines of them, plain or as <c>{"run","result"}</c>.</summary>
internal static class BaselineFile
{
    /// <summary>The result in a file that is of the same run; of a file with one result that one.</summary>
    /// <param name="file">The file.</param>
    /// <param name="command">What is run now.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It has no results, or several and not exactly one of this run.</exception>
    public static JsonElement Find(string file, string command)
    {
        if (!File.Exists(file))
            throw new FileNotFoundException($"there is no file '{file}'; expected an earlier result as JSON", file);
        JsonElement[] results = [.. Results(File.ReadAllText(file, Encoding.UTF8), file)];
        if (results.Length == 1)
            return results[0];
        JsonElement[] same = [.. results.Where(result => CommandOf(result) == command)];
        return same.Length == 1
            ? same[0]
            : throw new InvalidDataException($"'{file}' has {results.Length} results, {same.Length} of them of '{command}'; expected one");
    }

    /// <summary>What a result says was run; null: it does not say.</summary>
    public static string? CommandOf(JsonElement result) => result.TryGetProperty("command", out JsonElement command) && command.ValueKind == JsonValueKind.String ? command.GetString() : null;

    private static IEnumerable<JsonElement> Results(string text, string file)
    {
        if (TryParse(text) is { } whole)
            return [Unwrapped(whole, file)];
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Select((line, index) => TryParse(line) is { } parsed ? Unwrapped(parsed, file) : throw new InvalidDataException($"'{file}', line {index + 1}: expected a JSON object"));
    }

    private static JsonElement Unwrapped(JsonElement element, string file)
    {
        if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty("run", out _) && element.TryGetProperty("result", out JsonElement result))
            element = result;
        return element.ValueKind == JsonValueKind.Object ? element : throw new InvalidDataException($"'{file}': expected a JSON object, got {element.ValueKind}");
    }

    private static JsonElement? TryParse(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return null; // lines of JSON, or none
        }
    }
}
