using Microsoft.Extensions.AI;

namespace FLoRA.SemanticKernel;

/// <summary>
/// A method as a tool whose result is the string itself. Arguments that do not fit, which never reach the method, come back as a text too.
/// </summary>
internal sealed class ToolFunction(Delegate method, string name) : DelegatingAIFunction(AIFunctionFactory.Create(
    method, new AIFunctionFactoryOptions { Name = name, MarshalResult = (result, _, _) => ValueTask.FromResult(result) }))
{
    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) =>
        await ToolError.GuardAsync(
            async () => (string)(await InnerFunction.InvokeAsync(arguments, cancellationToken).ConfigureAwait(false))!,
            cancellationToken).ConfigureAwait(false);
}
