using System.Text.Json;

namespace FLoRA.Benchmarks.Quality;

/// <summary>Reads cases as the golden data has them: <c>{"cases" or "requests": [{"adapter": null or name, "tokens": [ids], "greedy": [ids], ...}]}</c>.</summary>
public static class StoredCases
{
    /// <summary>The name that such a file has beside a model's folder.</summary>
    public const string FileName = "cases.json";

    private static readonly string[] Lists = ["cases", "requests"];

    /// <summary>The file of a model's folder: in it, or beside it.</summary>
    /// <returns>Its path; null: there is none.</returns>
    public static string? FindFor(string modelFolder)
    {
        string? beside = Path.GetDirectoryName(Path.GetFullPath(modelFolder).TrimEnd(Path.DirectorySeparatorChar));
        string?[] folders = [modelFolder, beside];
        return folders.OfType<string>().Select(folder => Path.Combine(folder, FileName)).FirstOrDefault(File.Exists);
    }

    /// <summary>All cases of a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It does not hold cases.</exception>
    public static IReadOnlyList<StoredCase> Read(string file)
    {
        if (!File.Exists(file))
            throw new FileNotFoundException($"there is no file '{file}'; expected cases as JSON", file);
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
            JsonElement root = document.RootElement;
            foreach (string name in Lists)
            {
                if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0)
                    return [.. list.EnumerateArray().Select((element, index) => ReadCase(element, $"'{file}', {name}[{index}]"))];
            }

            throw new InvalidDataException($"'{file}': expected an object with a list 'cases' or 'requests' that is not empty");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{file}' is not JSON: {e.Message}", e);
        }
    }

    private static StoredCase ReadCase(JsonElement element, string place)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{place}: expected an object, got {element.ValueKind}");
        int[] prompt = Ids(element, "tokens", place, required: true), generated = Ids(element, "greedy", place, required: false);
        if (prompt.Length == 0 || prompt.Length + generated.Length < 2)
            throw new InvalidDataException($"{place}: expected a prompt ('tokens') and at least two ids together with 'greedy', got {prompt.Length} and {generated.Length}");
        return new StoredCase(Adapter(element, place), prompt, generated);
    }

    private static string? Adapter(JsonElement element, string place)
    {
        if (!element.TryGetProperty("adapter", out JsonElement adapter) || adapter.ValueKind == JsonValueKind.Null)
            return null;
        return adapter.ValueKind == JsonValueKind.String ? adapter.GetString() : throw new InvalidDataException($"{place}: 'adapter': expected a name or null, got {adapter.ValueKind}");
    }

    private static int[] Ids(JsonElement element, string name, string place, bool required)
    {
        if (!element.TryGetProperty(name, out JsonElement ids))
            return required ? throw new InvalidDataException($"{place}: expected '{name}', a list of ids; there is none") : [];
        if (ids.ValueKind != JsonValueKind.Array)
            throw new InvalidDataException($"{place}: '{name}': expected a list of ids, got {ids.ValueKind}");
        return [.. ids.EnumerateArray().Select(id => id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int number) ? number : throw new InvalidDataException($"{place}: '{name}': expected ids, got {id}"))];
    }
}
