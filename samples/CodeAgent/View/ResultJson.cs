using System.Text.Json;
using System.Text.Json.Serialization;
using CodeAgent.Agent;

namespace CodeAgent.View;

/// <summary>The results as the file of --json holds them.</summary>
internal static class ResultJson
{
    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true };

    public static string Write(IEnumerable<LanguageScore> scores) => JsonSerializer.Serialize(
        scores.Select(s => new Row(s.Language, s.Adapter, s.Ran, s.Passed, s.Total, s.Tries, s.Tokens, Math.Round(s.TokensPerSecond, 1))), _indented);

    private sealed record Row(
        [property: JsonPropertyName("language")] string Language,
        [property: JsonPropertyName("adapter")] string? Adapter,
        [property: JsonPropertyName("ran")] int Ran,
        [property: JsonPropertyName("passed")] int Passed,
        [property: JsonPropertyName("total")] int Total,
        [property: JsonPropertyName("tries")] int Tries,
        [property: JsonPropertyName("tokens")] long Tokens,
        [property: JsonPropertyName("tokens_per_s")] double TokensPerSecond);
}
