using System.Text.Json;
using FLoRA.Inference.Text;
using FLoRA.TestData;

namespace FLoRA.Inference.Tests.Text;

/// <summary>Tokenizers and golden cases on disk.</summary>
internal static class TextData
{
    public static string Tinycoder { get; } = RepositoryData.TinyCoder;

    public static string StreamCases { get; } = Path.Combine(RepositoryData.Golden, "stream.json");

    /// <summary>Folders with a small tokenizer and cases.json each.</summary>
    public static string Layouts { get; } = Path.Combine(RepositoryData.Golden, "tokenizers");

    public static string FormCases { get; } = Path.Combine(RepositoryData.Golden, "forms.json");

    public static string CompositionCases { get; } = Path.Combine(RepositoryData.Golden, "nfc.json");

    /// <summary>A published tokenizer, which is not part of the repository. Skips the test where it is missing.</summary>
    public static string Published(string name) => RepositoryData.ThirdParty("tokenizers", name);

    public static JsonElement Json(string path) => JsonDocument.Parse(File.ReadAllBytes(path)).RootElement;

    public static int[] Ints(this JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];

    public static string[] Strings(this JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetString()!)];

    public static Tokenizer LoadTinycoder() => Tokenizer.Load(Path.Combine(Tinycoder, "model"));
}
