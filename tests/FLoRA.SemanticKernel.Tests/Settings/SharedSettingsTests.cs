using System.Text.Json;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Settings and arguments that many calls use at once are read, never written, over the real engine.</summary>
public class SharedSettingsTests(SharedTinycoder shared) : IClassFixture<SharedTinycoder>
{
    private const int Callers = 16;

    private static readonly GoldenCompletion Lua = Tinycoder.Of(Tinycoder.Lua);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sixteen_calls_share_arguments_and_their_settings(bool frozen)
    {
        Kernel kernel = shared.Tinycoder.Kernel;
        FloraPromptExecutionSettings settings = Route.Ends(Lua, Tinycoder.Lua);
        if (frozen)
            settings.Freeze();
        var arguments = new KernelArguments(settings) { ["unused"] = "x" };
        string before = JsonSerializer.Serialize(settings);
        KernelFunction function = Route.InPlugin("Coder", Route.Function(Lua, new FloraPromptExecutionSettings { AdapterId = Tinycoder.Rust }));

        string?[] full = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(() => kernel.InvokeAsync<string>(function, arguments, Cancel))));
        string[] streamed = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
            string.Concat(await kernel.InvokeStreamingAsync<string>(function, arguments, Cancel).ToListAsync(Cancel)))));

        full.Concat(streamed).ShouldAllBe(text => text == Lua.Text);
        JsonSerializer.Serialize(settings).ShouldBe(before);
        settings.IsFrozen.ShouldBe(frozen);
        arguments.Names.ShouldBe(["unused"]);
        arguments.ExecutionSettings.ShouldNotBeNull().ShouldHaveSingleItem().Value.ShouldBeSameAs(settings);
        function.ExecutionSettings![PromptExecutionSettings.DefaultServiceId].ShouldBeOfType<FloraPromptExecutionSettings>().AdapterId.ShouldBe(Tinycoder.Rust);
    }

    [Fact]
    public async Task One_function_is_called_at_once_with_different_adapters()
    {
        Kernel kernel = shared.Tinycoder.Kernel;
        GoldenCompletion[] golden = [.. Tinycoder.Golden.Take(Callers)];
        KernelFunction function = kernel.CreateFunctionFromPrompt(FloraPrompts.Raw("{{$code}}", new FloraPromptExecutionSettings { AdapterId = Tinycoder.Bash }));
        string?[] texts = await Task.WhenAll(golden.Where(g => g.Adapter is not null).Select(g => Task.Run(() =>
            kernel.InvokeAsync<string>(function, new(Route.Ends(g, g.Adapter)) { ["code"] = g.Prompt }, Cancel))));
        texts.ShouldBe(golden.Where(g => g.Adapter is not null).Select(g => g.Text));
    }
}
