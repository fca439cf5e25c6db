using System.Text.Json;
using FLoRA.Inference.Text;

namespace FLoRA.Inference.Tests.Text;

/// <summary>Tokenizers and golden cases on disk.</summary>
internal static class TextData
{
    private static readonly string Root = FindRoot();

    public static string Tinycoder { get; } = Path.Combine(Root, "models", "tinycoder");

    public static string StreamCases { get; } = Path.Combine(Root, "tests", "data", "stream.json");

    public static string CompositionCases { get; } = Path.Combine(Root, "tests", "data", "nfc.json");

    /// <summary>A published tokenizer, which is not part of the repository. Skips the test where it is missing.</summary>
    public static string Published(string name)
    {
        string folder = Path.GetFullPath(Path.Combine(Root, "..", "shared", "data", "tokenizers", name));
        Assert.SkipUnless(Directory.Exists(folder), $"data not present: tokenizer {name}");
        return folder;
    }

    public static JsonElement Json(string path) => JsonDocument.Parse(File.ReadAllBytes(path)).RootElement;

    public static int[] Ints(this JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];

    public static string[] Strings(this JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetString()!)];

    public static Tokenizer LoadTinycoder() => Tokenizer.Load(Path.Combine(Tinycoder, "model"));

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FLoRA.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("FLoRA.sln is in no folder above the tests.");
    }
}
