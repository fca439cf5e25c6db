namespace FLoRA.Inference.Text.Templates;

/// <summary>A template cannot be read or cannot be carried out.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="line">Line of the template, from 1; 0: not known here.</param>
/// <param name="inner">The error without its line.</param>
internal class TemplateException(string message, int line = 0, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Line of the template, from 1; 0: not known.</summary>
    public int Line { get; } = line;
}

/// <summary>The template itself refuses, by <c>raise_exception</c>.</summary>
/// <param name="message">What it says.</param>
internal sealed class TemplateRefusalException(string message) : TemplateException(message);
