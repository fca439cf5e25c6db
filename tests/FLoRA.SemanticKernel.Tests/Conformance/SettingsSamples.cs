using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Semantic Kernel's settings that are refused, or for other services.</summary>
internal static class SettingsSamples
{
    internal static (string Name, object Options)[] Refused =>
    [
        ("FunctionChoiceBehavior", new PromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() }),
        ("response_format", Entry("response_format", "json_object")),
        ("adapterid", Entry("adapterid", Tinycoder.Lua)),
        ("top_logprobs", new OtherConnectorSettings { TopLogprobs = 3 }),
    ];

    internal static object[] Harmless =>
    [
        Entry("response_format", "text"),
        Entry("reasoning_effort", "low"),
        new OtherConnectorSettings { MaxTokens = 8, Logprobs = false },
    ];

    internal static FloraPromptExecutionSettings Frozen(FloraPromptExecutionSettings settings)
    {
        settings.Freeze();
        return settings;
    }

    private static PromptExecutionSettings Entry(string key, object value) =>
        new() { ExtensionData = new Dictionary<string, object> { [key] = value, ["max_tokens"] = 8 } };
}
