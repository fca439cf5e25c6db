using FLoRA.Inference;
using FLoRA.Inference.Models;

namespace FLoRA.Benchmarks.Quality;

/// <summary>The same model in float32 and in another type, led along stored texts: how far apart are their next-token distributions?</summary>
/// <param name="DType">The other type.</param>
/// <param name="Threads">Kernel threads; null: all.</param>
public sealed record QualityRun(string DType, int? Threads)
{
    private const string ReferenceType = "float32";
    private const int TextsAtOnce = 8; // bounds the logits that are held

    /// <summary>Loads both and compares them at every position whose next id is stored.</summary>
    /// <param name="model">Folder of a model of text.</param>
    /// <param name="adapters">Name to folder, all that the cases name.</param>
    /// <param name="cases">At least one.</param>
    /// <exception cref="ModelLoadException">The folder is not a model of text.</exception>
    /// <exception cref="AdapterLoadException">An adapter is refused.</exception>
    /// <exception cref="InvalidRequestException">A text does not fit the model.</exception>
    public async Task<QualityResult> MeasureAsync(string model, IReadOnlyDictionary<string, string> adapters, IReadOnlyList<StoredCase> cases)
    {
        DecoderBlueprint blueprint = ModelConfigReader.Read(model);
        if (blueprint.Encoder is not null)
            throw new ModelLoadException(model, $"model_type is '{blueprint.Family}', a speech model; expected one of text");
        int longest = cases.Max(c => c.Tokens.Count);
        using var reference = new TappedEngine(Options(ReferenceType));
        using var other = new TappedEngine(Options(DType));
        var positions = new List<(string? Adapter, bool InPrompt, Divergence Divergence)>();
        foreach (StoredCase[] texts in cases.Chunk(TextsAtOnce))
        {
            float[][] expected = await reference.LogitsAsync(texts).ConfigureAwait(false), got = await other.LogitsAsync(texts).ConfigureAwait(false);
            for (int t = 0; t < texts.Length; t++)
                positions.AddRange(Compare(texts[t], expected[t], got[t], blueprint.VocabularySize));
        }

        return new QualityResult(
            DType,
            QualityFigures.Of([.. positions.Select(p => p.Divergence)]),
            FiguresOf(positions.Where(p => p.InPrompt)),
            FiguresOf(positions.Where(p => !p.InPrompt)),
            [.. positions.GroupBy(p => p.Adapter).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (g.Key, FiguresOf(g)!))]);

        EngineOptions Options(string dtype) => new()
        {
            Model = model, Adapters = adapters, DType = dtype, Threads = Threads, MaxSequences = TextsAtOnce, KvTokens = TextsAtOnce * (longest + 64),
        };
    }

    private static IEnumerable<(string? Adapter, bool InPrompt, Divergence Divergence)> Compare(StoredCase text, float[] expected, float[] got, int vocabulary)
    {
        for (int next = 1; next < text.Tokens.Count; next++)
        {
            Range row = ((next - 1) * vocabulary)..(next * vocabulary);
            yield return (text.Adapter, next < text.PromptTokens.Count, Divergence.Of(expected.AsSpan()[row], got.AsSpan()[row], text.Tokens[next]));
        }
    }

    private static QualityFigures? FiguresOf(IEnumerable<(string? Adapter, bool InPrompt, Divergence Divergence)> positions)
    {
        Divergence[] some = [.. positions.Select(p => p.Divergence)];
        return some.Length == 0 ? null : QualityFigures.Of(some);
    }
}
