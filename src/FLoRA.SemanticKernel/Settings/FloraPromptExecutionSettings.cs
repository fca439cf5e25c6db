using System.Collections.ObjectModel;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel;

/// <summary>
/// Settings of a prompt function or of one call. A setting that is null is not given. The same settings in a prompt
/// template's <c>execution_settings</c> have the JSON names.
/// </summary>
[JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
public sealed class FloraPromptExecutionSettings : PromptExecutionSettings
{
    /// <summary>Carries <see cref="FunctionName"/> to the chat client.</summary>
    internal const string FunctionNameKey = "flora.function";

    private IList<string>? _stopSequences;
    private IList<int>? _stopTokens;
    private IDictionary<int, double>? _logitBias;
    private IDictionary<string, object?>? _templateVariables;

    /// <summary>Name of the adapter that answers; null: that of the function map, the default one, or the base model.</summary>
    [JsonPropertyName(FloraKeys.AdapterId), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? AdapterId { get; set => Set(ref field, value); }

    /// <summary>
    /// 0: greedy, which is also what happens when it is not given; unless top_p, top_k or min_p is given, then 1. At least 0.
    /// </summary>
    [JsonPropertyName("temperature"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Temperature { get; set => Set(ref field, value); }

    /// <summary>Keeps the smallest set of tokens whose probability reaches p, in (0, 1].</summary>
    [JsonPropertyName("top_p"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TopP { get; set => Set(ref field, value); }

    /// <summary>Keeps the k most likely tokens; 0: off.</summary>
    [JsonPropertyName("top_k"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? TopK { get; set => Set(ref field, value); }

    /// <summary>Drops tokens less likely than this share of the most likely one, in [0, 1].</summary>
    [JsonPropertyName(FloraKeys.MinP), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MinP { get; set => Set(ref field, value); }

    /// <summary>Penalty on every id of prompt and completion; 1: off; above 0.</summary>
    [JsonPropertyName(FloraKeys.RepetitionPenalty), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? RepetitionPenalty { get; set => Set(ref field, value); }

    /// <summary>Subtracted once from the logit of each generated id.</summary>
    [JsonPropertyName("presence_penalty"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? PresencePenalty { get; set => Set(ref field, value); }

    /// <summary>Subtracted from the logit of each generated id as often as it occurs.</summary>
    [JsonPropertyName("frequency_penalty"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? FrequencyPenalty { get; set => Set(ref field, value); }

    /// <summary>Seed of the random numbers; the same seed gives the same completion, whoever shares the batch.</summary>
    [JsonPropertyName("seed"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Seed { get; set => Set(ref field, value); }

    /// <summary>Most tokens to produce; null: what context and cache allow.</summary>
    [JsonPropertyName("max_tokens"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MaxTokens { get; set => Set(ref field, value); }

    /// <summary>Texts that end the completion; cut from it.</summary>
    [JsonPropertyName("stop_sequences"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IList<string>? StopSequences { get => _stopSequences; set => Set(ref _stopSequences, value); }

    /// <summary>Token ids that end the completion.</summary>
    [JsonPropertyName(FloraKeys.StopTokens), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IList<int>? StopTokens { get => _stopTokens; set => Set(ref _stopTokens, value); }

    /// <summary>Added to the logits of these token ids.</summary>
    [JsonPropertyName(FloraKeys.LogitBias), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IDictionary<int, double>? LogitBias { get => _logitBias; set => Set(ref _logitBias, value); }

    /// <summary>True: the model's own end tokens do not end the completion.</summary>
    [JsonPropertyName(FloraKeys.IgnoreEos), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? IgnoreEos { get; set => Set(ref field, value); }

    /// <summary>Fill in the middle: the text after the gap. With a raw prompt only, on a model that has the tokens for it.</summary>
    [JsonPropertyName(FloraKeys.Suffix), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Suffix { get; set => Set(ref field, value); }

    /// <summary>With <see cref="Suffix"/>: the form that the model was taught, a name of <see cref="Inference.Text.InfillForm.Known"/> or a text with {prefix} and {suffix}; null: the service's, else found in the tokenizer.</summary>
    [JsonPropertyName(FloraKeys.InfillForm), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? InfillForm { get; set => Set(ref field, value); }

    /// <summary>Which of the model's chat templates writes the conversation, where it has several; null: the default one. Chat only.</summary>
    [JsonPropertyName(FloraKeys.TemplateName), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TemplateName { get; set => Set(ref field, value); }

    /// <summary>Variables of the model's chat template by name, such as <c>enable_thinking</c>: what JSON can say. Chat only.</summary>
    [JsonPropertyName(FloraKeys.TemplateVariables), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IDictionary<string, object?>? TemplateVariables { get => _templateVariables; set => Set(ref _templateVariables, value); }

    /// <summary>Instructions in front of the conversation; chat only.</summary>
    [JsonPropertyName("chat_system_prompt"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ChatSystemPrompt { get; set => Set(ref field, value); }

    /// <summary>Name of the kernel function that the settings were resolved for, for error messages.</summary>
    internal string? FunctionName { get; set; }

    /// <summary>
    /// Any settings as FLoRA's: null gives empty ones, FLoRA's own come back as they are, others are read by their JSON names,
    /// from typed properties and from <see cref="PromptExecutionSettings.ExtensionData"/>. The argument is never changed.
    /// </summary>
    /// <exception cref="NotSupportedException">A setting is not known or not supported; names it.</exception>
    /// <exception cref="Inference.InvalidRequestException">A value cannot be read; names the setting.</exception>
    public static FloraPromptExecutionSettings FromExecutionSettings(PromptExecutionSettings? settings) => settings switch
    {
        null => new(),
        FloraPromptExecutionSettings { ExtensionData: null or { Count: 0 } } own => own,
        _ => Read(settings),
    };

    /// <inheritdoc/>
    public override PromptExecutionSettings Clone() => CloneTyped();

    /// <inheritdoc/>
    public override void Freeze()
    {
        if (IsFrozen)
            return;
        base.Freeze();
        _stopSequences = _stopSequences is null ? null : new ReadOnlyCollection<string>([.. _stopSequences]);
        _stopTokens = _stopTokens is null ? null : new ReadOnlyCollection<int>([.. _stopTokens]);
        _logitBias = _logitBias is null ? null : new ReadOnlyDictionary<int, double>(new Dictionary<int, double>(_logitBias));
        _templateVariables = _templateVariables is null ? null : new ReadOnlyDictionary<string, object?>(new Dictionary<string, object?>(_templateVariables));
    }

    /// <summary>An independent copy that is not frozen.</summary>
    internal FloraPromptExecutionSettings CloneTyped() => new()
    {
        ModelId = ModelId,
        ServiceId = ServiceId,
        FunctionChoiceBehavior = FunctionChoiceBehavior,
        ExtensionData = ExtensionData is null ? null : new Dictionary<string, object>(ExtensionData),
        AdapterId = AdapterId,
        Temperature = Temperature,
        TopP = TopP,
        TopK = TopK,
        MinP = MinP,
        RepetitionPenalty = RepetitionPenalty,
        PresencePenalty = PresencePenalty,
        FrequencyPenalty = FrequencyPenalty,
        Seed = Seed,
        MaxTokens = MaxTokens,
        StopSequences = StopSequences is null ? null : [.. StopSequences],
        StopTokens = StopTokens is null ? null : [.. StopTokens],
        LogitBias = LogitBias is null ? null : new Dictionary<int, double>(LogitBias),
        IgnoreEos = IgnoreEos,
        Suffix = Suffix,
        InfillForm = InfillForm,
        TemplateName = TemplateName,
        TemplateVariables = TemplateVariables is null ? null : new Dictionary<string, object?>(TemplateVariables),
        ChatSystemPrompt = ChatSystemPrompt,
        FunctionName = FunctionName,
    };

    /// <summary>The typed properties.</summary>
    internal GenerationSettings ToGenerationSettings() => new()
    {
        AdapterId = AdapterId,
        ModelId = ModelId,
        Instructions = ChatSystemPrompt,
        Temperature = Temperature,
        TopP = TopP,
        TopK = TopK,
        MinP = MinP,
        RepetitionPenalty = RepetitionPenalty,
        PresencePenalty = PresencePenalty,
        FrequencyPenalty = FrequencyPenalty,
        Seed = Seed,
        MaxTokens = MaxTokens,
        StopSequences = StopSequences?.AsReadOnly(),
        StopTokens = StopTokens?.AsReadOnly(),
        LogitBias = LogitBias?.AsReadOnly(),
        IgnoreEos = IgnoreEos,
        Suffix = Suffix,
        InfillForm = InfillForm,
        TemplateName = TemplateName,
        TemplateVariables = TemplateVariables is null ? null : SettingValue.Variables(FloraKeys.TemplateVariables, TemplateVariables),
    };

    /// <inheritdoc/>
    protected override void PrepareChatOptionsForRequest(ChatOptions options)
    {
        base.PrepareChatOptionsForRequest(options);
        if (FunctionName is not null)
            (options.AdditionalProperties ??= [])[FunctionNameKey] = FunctionName;
    }

    private static FloraPromptExecutionSettings Read(PromptExecutionSettings settings)
    {
        var typed = settings as FloraPromptExecutionSettings;
        GenerationSettings read = SettingsReader.ReadEntries(settings, typed?.ToGenerationSettings() ?? new());
        return new()
        {
            ModelId = settings.ModelId,
            ServiceId = settings.ServiceId,
            FunctionChoiceBehavior = settings.FunctionChoiceBehavior,
            AdapterId = read.AdapterId,
            Temperature = read.Temperature,
            TopP = read.TopP,
            TopK = read.TopK,
            MinP = read.MinP,
            RepetitionPenalty = read.RepetitionPenalty,
            PresencePenalty = read.PresencePenalty,
            FrequencyPenalty = read.FrequencyPenalty,
            Seed = read.Seed,
            MaxTokens = read.MaxTokens,
            StopSequences = read.StopSequences?.ToList(),
            StopTokens = read.StopTokens?.ToList(),
            LogitBias = read.LogitBias?.ToDictionary(),
            IgnoreEos = read.IgnoreEos,
            Suffix = read.Suffix,
            InfillForm = read.InfillForm,
            TemplateName = read.TemplateName,
            TemplateVariables = read.TemplateVariables?.ToDictionary(variable => variable.Key, variable => (object?)variable.Value),
            ChatSystemPrompt = read.Instructions,
            FunctionName = typed?.FunctionName,
        };
    }

    private void Set<T>(ref T field, T value)
    {
        ThrowIfFrozen();
        field = value;
    }
}
