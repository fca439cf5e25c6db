using FLoRA.Inference.Text;

namespace FLoRA.SemanticKernel;

/// <summary>What is wrong with the options that only text models have.</summary>
internal static class TextOptionErrors
{
    internal static IEnumerable<string> Of(FloraOptions options)
    {
        if (options.InfillForm is null)
            return [];
        try
        {
            InfillForm.Parse(options.InfillForm);
            return [];
        }
        catch (FormatException e)
        {
            return [$"InfillForm: {e.Message}"];
        }
    }
}
