using System.Text.Json;
using FLoRA.Inference.Sampling;
using FLoRA.Inference.Text;

namespace FLoRA.SemanticKernel;

/// <summary>The settings of one call, whatever they came from; null: not given.</summary>
internal sealed record GenerationSettings
{
    internal string? AdapterId { get; init; }

    /// <summary>As the caller wrote it: the model's own id or an adapter's name.</summary>
    internal string? ModelId { get; init; }

    internal string? Instructions { get; init; }

    internal double? Temperature { get; init; }

    internal double? TopP { get; init; }

    internal int? TopK { get; init; }

    internal double? MinP { get; init; }

    internal double? RepetitionPenalty { get; init; }

    internal double? PresencePenalty { get; init; }

    internal double? FrequencyPenalty { get; init; }

    internal long? Seed { get; init; }

    internal int? MaxTokens { get; init; }

    internal IReadOnlyList<string>? StopSequences { get; init; }

    internal IReadOnlyList<int>? StopTokens { get; init; }

    internal IReadOnlyDictionary<int, double>? LogitBias { get; init; }

    internal bool? IgnoreEos { get; init; }

    internal string? Suffix { get; init; }

    internal string? InfillForm { get; init; }

    internal string? TemplateName { get; init; }

    internal IReadOnlyDictionary<string, JsonElement>? TemplateVariables { get; init; }

    /// <summary>What goes to the chat template; null: nothing.</summary>
    internal TemplateOptions? Template =>
        TemplateName is null && TemplateVariables is null ? null : new() { Name = TemplateName, Variables = TemplateVariables ?? new Dictionary<string, JsonElement>() };

    /// <summary>
    /// Without a temperature: greedy, which repeats itself exactly; but 1 where top_p, top_k or min_p is given, which would
    /// otherwise be without effect.
    /// </summary>
    internal double EffectiveTemperature => Temperature ?? (TopP is < 1 || TopK is > 0 || MinP is > 0 ? 1 : 0);

    /// <summary>The request without its prompt.</summary>
    /// <exception cref="Inference.InvalidRequestException">The form of a gap is not known.</exception>
    internal TextRequest ToRequest(string? adapter) => new()
    {
        Adapter = adapter,
        Suffix = Suffix,
        InfillForm = FormOf(InfillForm),
        Template = Template,
        MaxNewTokens = MaxTokens,
        Stop = StopSequences ?? [],
        StopTokens = StopTokens ?? [],
        IgnoreEos = IgnoreEos ?? false,
        Sampling = new SamplingOptions
        {
            Temperature = EffectiveTemperature,
            TopP = TopP ?? 1,
            TopK = TopK ?? 0,
            MinP = MinP ?? 0,
            RepetitionPenalty = RepetitionPenalty ?? 1,
            PresencePenalty = PresencePenalty ?? 0,
            FrequencyPenalty = FrequencyPenalty ?? 0,
            Seed = Seed,
            LogitBias = LogitBias ?? new Dictionary<int, double>(),
        },
    };

    private static InfillForm? FormOf(string? form)
    {
        try
        {
            return form is null ? null : Inference.Text.InfillForm.Parse(form);
        }
        catch (FormatException e)
        {
            throw new Inference.InvalidRequestException($"{FloraKeys.InfillForm}: {e.Message}");
        }
    }
}
