using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel;

/// <summary>
/// The kernel function inside of which a call is made. No prompt function asks for a speech service, so the kernel never tells the service who calls; this
/// filter around every function does, for everything that the function awaits. What a function streams is made after the filter and has no function.
/// </summary>
internal sealed class CallingFunction : IFunctionInvocationFilter
{
    private readonly AsyncLocal<KernelFunction?> _current = new();

    /// <summary>The innermost function that runs; null: none. To be asked in the first synchronous step of a call.</summary>
    internal KernelFunction? Current => _current.Value;

    public async Task OnFunctionInvocationAsync(FunctionInvocationContext context, Func<FunctionInvocationContext, Task> next)
    {
        // Set in an async method it is gone when that returns.
        _current.Value = context.Function;
        await next(context).ConfigureAwait(false);
    }
}
