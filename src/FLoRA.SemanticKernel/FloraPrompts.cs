using System.Text.RegularExpressions;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel;

/// <summary>Prompt templates for code.</summary>
public static partial class FloraPrompts
{
    /// <summary>
    /// A prompt template whose variables reach the model as they are. Semantic Kernel HTML-encodes them otherwise, which turns
    /// <c>a &lt; b</c> into <c>a &amp;lt; b</c>. Give it to <c>kernel.CreateFunctionFromPrompt</c>.
    /// </summary>
    /// <param name="template">The template, with <c>{{$variables}}</c>.</param>
    /// <param name="settings">Settings of the function, with its adapter; null: none.</param>
    /// <param name="functionName">Name of the function; null: Semantic Kernel makes one.</param>
    /// <param name="description">What the function does.</param>
    /// <remarks>
    /// Unencoded text that looks like <c>&lt;message role="..."&gt;</c> and is well-formed XML would be read as a conversation:
    /// do not use it for text by strangers on a model that is given instructions.
    /// </remarks>
    public static PromptTemplateConfig Raw(string template, PromptExecutionSettings? settings = null, string? functionName = null, string? description = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(template);
        var config = new PromptTemplateConfig(template) { Name = functionName, Description = description, AllowDangerouslySetContent = true };
        // The config's own flag covers what functions in the template return; each variable has one of its own.
        foreach (string name in Block().Matches(template).SelectMany(block => Variable().Matches(block.Value)).Select(v => v.Groups[1].Value).Distinct(StringComparer.Ordinal))
            config.InputVariables.Add(new InputVariable { Name = name, AllowDangerouslySetContent = true });
        if (settings is not null)
            config.AddExecutionSettings(settings, settings.ServiceId ?? PromptExecutionSettings.DefaultServiceId);
        return config;
    }

    [GeneratedRegex(@"\{\{.*?\}\}", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\$([0-9A-Za-z_]+)")]
    private static partial Regex Variable();
}
