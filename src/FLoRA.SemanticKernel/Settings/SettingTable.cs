namespace FLoRA.SemanticKernel;

/// <summary>The settings of text.</summary>
internal static class SettingTable
{
    internal const string ResponseFormat = "response_format";

    private static readonly Dictionary<string, SettingKeys<GenerationSettings>.Reader> Readers = new()
    {
        [FloraKeys.AdapterId] = (s, k, v) => s.AdapterId is null ? s with { AdapterId = SettingValue.Text(k, v) } : throw SettingKeys<GenerationSettings>.Twice(k),
        ["temperature"] = (s, k, v) => s.Temperature is null ? s with { Temperature = SettingValue.Number(k, v) } : throw SettingKeys<GenerationSettings>.Twice(k),
        ["top_p"] = (s, k, v) => s.TopP is null ? s with { TopP = SettingValue.Number(k, v) } : throw SettingKeys<GenerationSettings>.Twice(k),
        ["top_k"] = (s, k, v) => s.TopK is null ? s with { TopK = SettingValue.Int(k, v) } : throw SettingKeys<GenerationSettings>.Twice(k),
        [FloraKeys.MinP] = (s, k, v) => s.MinP is null ? s with { MinP = SettingValue.Number(k, v) } : throw SettingKeys<GenerationSettings>.Twice(k),
        [FloraKeys.RepetitionPenalty] = (s, k, v) => s.RepetitionPenalty is null ? s with { RepetitionPenalty = SettingValue.Number(k, v) } : throw SettingKeys<GenerationSettings>.Twice(k),
        ["presence_penalty"] = (s, k, v) => s.PresencePenalty is null ? s with { PresencePenalty = SettingValue.Number(k, v) } : throw SettingKeys<GenerationSettings>.Twice(k),
        ["frequency_penalty"] = (s, k, v) => s.FrequencyPenalty is null ? s with { FrequencyPenalty = SettingValue.Number(k, v) } : throw SettingKeys<GenerationSettings>.Twice(k),
        ["seed"] = (s, k, v) => s.Seed is null ? s with { Seed = SettingValue.Whole(k, v) } : throw SettingKeys<GenerationSettings>.Twice(k),
        ["max_tokens"] = (s, k, v) => s.MaxTokens is null ? s with { MaxTokens = SettingValue.Int(k, v) } : throw SettingKeys<GenerationSettings>.Twice(k),
        ["stop_sequences"] = (s, k, v) => s.StopSequences is null ? s with { StopSequences = SettingValue.Texts(k, v) } : throw SettingKeys<GenerationSettings>.Twice(k),
        [FloraKeys.StopTokens] = (s, k, v) => s.StopTokens is null ? s with { StopTokens = SettingValue.Ints(k, v) } : throw SettingKeys<GenerationSettings>.Twice(k),
        [FloraKeys.LogitBias] = (s, k, v) => s.LogitBias is null ? s with { LogitBias = SettingValue.Biases(k, v) } : throw SettingKeys<GenerationSettings>.Twice(k),
        [FloraKeys.IgnoreEos] = (s, k, v) => s.IgnoreEos is null ? s with { IgnoreEos = SettingValue.Flag(k, v) } : throw SettingKeys<GenerationSettings>.Twice(k),
        [FloraKeys.Suffix] = (s, k, v) => s.Suffix is null ? s with { Suffix = SettingValue.Text(k, v) } : throw SettingKeys<GenerationSettings>.Twice(k),
        [FloraKeys.InfillForm] = (s, k, v) => s.InfillForm is null ? s with { InfillForm = SettingValue.Text(k, v) } : throw SettingKeys<GenerationSettings>.Twice(k),
        [FloraKeys.TemplateName] = (s, k, v) => s.TemplateName is null ? s with { TemplateName = SettingValue.Text(k, v) } : throw SettingKeys<GenerationSettings>.Twice(k),
        [FloraKeys.TemplateVariables] = (s, k, v) => s.TemplateVariables is null ? s with { TemplateVariables = SettingValue.Variables(k, v) } : throw SettingKeys<GenerationSettings>.Twice(k),
        ["chat_system_prompt"] = (s, k, v) => s.Instructions is null ? s with { Instructions = SettingValue.Text(k, v) } : throw SettingKeys<GenerationSettings>.Twice(k),
    };

    /// <summary>Settings of other services that leave the answer as it is, at least with these values.</summary>
    private static readonly Dictionary<string, Func<string, object?, bool>> Harmless = new()
    {
        ["reasoning_effort"] = (_, _) => true,
        ["user"] = (_, _) => true,
        // The YAML reader leaves it here; it has done its work when the service is chosen.
        ["service_id"] = (_, _) => true,
        ["parallel_tool_calls"] = (_, _) => true,
        ["logprobs"] = (k, v) => !SettingValue.Flag(k, v),
        ["results_per_prompt"] = (k, v) => SettingValue.Whole(k, v) == 1,
        [ResponseFormat] = (_, v) => SettingValue.Describe(v) is "'text'",
    };

    private static readonly SettingKeys<GenerationSettings> Keys = new(Readers, Harmless);

    /// <inheritdoc cref="SettingKeys{TSettings}.KnownKeys"/>
    internal static IReadOnlyCollection<string> KnownKeys => Keys.KnownKeys;

    /// <inheritdoc cref="SettingKeys{TSettings}.Read"/>
    internal static GenerationSettings Read(GenerationSettings settings, IEnumerable<KeyValuePair<string, object?>> entries) => Keys.Read(settings, entries);
}
