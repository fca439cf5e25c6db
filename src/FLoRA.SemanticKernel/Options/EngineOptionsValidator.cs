using Microsoft.Extensions.Options;

namespace FLoRA.SemanticKernel;

/// <summary>Checks options as a whole; every error is listed.</summary>
internal sealed class EngineOptionsValidator<TOptions> : IValidateOptions<TOptions>
    where TOptions : FloraEngineOptions
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        List<string> errors = Errors(options);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    /// <summary>Throws where <see cref="Validate"/> fails, for options that do not come from a container.</summary>
    /// <exception cref="OptionsValidationException">Lists every error.</exception>
    internal static void ThrowIfInvalid(TOptions options)
    {
        List<string> errors = Errors(options);
        if (errors.Count > 0)
            throw new OptionsValidationException(Microsoft.Extensions.Options.Options.DefaultName, typeof(TOptions), errors);
    }

    private static List<string> Errors(TOptions options) =>
        [.. EngineOptionErrors.Of(options), .. options switch { FloraSpeechOptions speech => SpeechOptionErrors.Of(speech), FloraOptions text => TextOptionErrors.Of(text), _ => [] }];
}
