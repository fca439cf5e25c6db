using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>A configuration alone routes functions that have no settings at all, in every kind of kernel.</summary>
public class MapRouteTests(RouteKernels kernels) : IClassFixture<RouteKernels>
{
    private static readonly GoldenCompletion Lua = Tinycoder.Of(Tinycoder.Lua);
    private static readonly GoldenCompletion Rust = Tinycoder.Of(Tinycoder.Rust);
    private static readonly GoldenCompletion Bash = Tinycoder.Of(Tinycoder.Bash);

    public static TheoryData<KernelKind> Kinds() => [.. Enum.GetValues<KernelKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Exact_entry(KernelKind kind) =>
        await Route.ShouldGive(kernels[kind], Lua, Route.InPlugin("Coder", Route.Function(Lua)), mayGoOn: true);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Wildcard(KernelKind kind)
    {
        await Route.ShouldGive(kernels[kind], Rust, Route.InPlugin("Coder", Route.Function(Rust)), mayGoOn: true);
        await Route.ShouldGive(kernels[kind], Bash, Route.InPlugin("other", Route.Function(Bash)), mayGoOn: true);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_mapped_adapter_survives_settings_without_one(KernelKind kind)
    {
        await Route.ShouldGive(kernels[kind], Lua, Route.InPlugin("Coder", Route.Function(Lua, Route.Ends(Lua))));
        await Route.ShouldGive(kernels[kind], Lua, Route.InPlugin("Coder", Route.Function(Lua)), () => new(Route.Ends(Lua)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_function_of_another_plugin_or_of_none_is_the_base_models(KernelKind kind)
    {
        GoldenCompletion golden = Tinycoder.Of(null);
        await Route.ShouldGive(kernels[kind], golden, Route.InPlugin("Strange", Route.Function(golden)), mayGoOn: true);
        await Route.ShouldGive(kernels[kind], golden, Route.Function(golden), mayGoOn: true);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Functions_that_a_template_calls_are_mapped_each_by_its_own_name(KernelKind kind)
    {
        Kernel kernel = kernels[kind].Clone();
        kernel.Plugins.Add(KernelPluginFactory.CreateFromFunctions("Coder", [Route.Function(Lua), Route.Function(Rust)]));
        var seen = new List<string>();
        kernel.FunctionInvocationFilters.Add(new AdapterFilter(seen));
        KernelFunction outer = KernelFunctionFactory.CreateFromPrompt(
            $"{{{{Coder.{Lua.Name}}}}}{{{{Coder.{Rust.Name}}}}}", Route.Ends(Lua, Tinycoder.Bash), functionName: "outer");

        await kernel.InvokeAsync(outer, cancellationToken: TestContext.Current.CancellationToken);
        seen.ShouldBe([$"{Lua.Name} {Tinycoder.Lua}", $"{Rust.Name} {Tinycoder.Rust}", $"outer {Tinycoder.Bash}"]);

        // Semantic Kernel hands the caller's settings on to the functions in a template.
        seen.Clear();
        await kernel.InvokeAsync(outer, new(Route.Ends(Lua, "pl-flora-r4")), TestContext.Current.CancellationToken);
        seen.ShouldBe([$"{Lua.Name} pl-flora-r4", $"{Rust.Name} pl-flora-r4", "outer pl-flora-r4"]);
    }

    private sealed class AdapterFilter(List<string> seen) : IFunctionInvocationFilter
    {
        public async Task OnFunctionInvocationAsync(FunctionInvocationContext context, Func<FunctionInvocationContext, Task> next)
        {
            await next(context);
            seen.Add($"{context.Function.Name} {context.Result.Metadata?[FloraKeys.ResultAdapterId]}");
        }
    }
}
