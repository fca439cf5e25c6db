using System.Text;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.TextGeneration;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>How a kernel comes to its services.</summary>
public enum KernelKind
{
    /// <summary>Kernel.CreateBuilder() and Build().</summary>
    Built,

    /// <summary>The same with nothing but the chat client in it: no chat and no text service.</summary>
    ChatClientOnly,

    /// <summary>services.AddKernel(), no Build(), and services with a key: where Semantic Kernel alone finds none (semantic-kernel#7620).</summary>
    AddKernelKeyed,
}

/// <summary>One kernel of each kind over the real engine, all of it configured by JSON alone.</summary>
public sealed class RouteKernels : IDisposable
{
    private readonly Dictionary<KernelKind, Kernel> _kernels = new()
    {
        [KernelKind.Built] = Build(chatClientOnly: false),
        [KernelKind.ChatClientOnly] = Build(chatClientOnly: true),
        [KernelKind.AddKernelKeyed] = AddKernel(),
    };

    private static IConfigurationSection Section
    {
        get
        {
            string json =
                $$"""
                {
                  "Flora": {
                    "Model": "{{TestModel.Folder}}",
                    "AdapterFolders": [ "{{TestModel.Adapters}}" ],
                    "Device": "cpu",
                    "KvTokens": 4096,
                    "FunctionAdapters": { "Coder.tiny_007_dot_product": "lua-flora-r4", "Coder.*": "rs-flora-r4", "Other.*": "sh-flora-r4" }
                  }
                }
                """;
            return new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build().GetSection("Flora");
        }
    }

    internal Kernel this[KernelKind kind] => _kernels[kind];

    public void Dispose()
    {
        foreach (Kernel kernel in _kernels.Values)
            ((IDisposable)kernel.Services).Dispose();
    }

    private static Kernel Build(bool chatClientOnly)
    {
        IKernelBuilder builder = Kernel.CreateBuilder();
        builder.AddFlora(Section);
        if (chatClientOnly)
            builder.Services.RemoveAll<IChatCompletionService>().RemoveAll<ITextGenerationService>();
        return builder.Build();
    }

    private static Kernel AddKernel()
    {
        var services = new ServiceCollection();
        services.AddKernel();
        services.AddFlora(Section, "flora");
        return new Kernel(services.BuildServiceProvider());
    }
}

/// <summary>What a route has to show.</summary>
internal static class Route
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Full and streamed, the function gives the golden text and says which adapter did; without a length or stop strings of its own it may go on.</summary>
    internal static async Task ShouldGive(Kernel kernel, GoldenCompletion golden, KernelFunction function, Func<KernelArguments>? arguments = null, bool mayGoOn = false)
    {
        FunctionResult full = await kernel.InvokeAsync(function, arguments?.Invoke(), Cancel);
        List<ChatResponseUpdate> updates = await kernel.InvokeStreamingAsync<ChatResponseUpdate>(function, arguments?.Invoke(), Cancel).ToListAsync(Cancel);
        string text = full.GetValue<string>().ShouldNotBeNull();
        string.Concat(updates.Select(u => u.Text)).ShouldBe(text);
        if (mayGoOn)
            text.ShouldStartWith(golden.Text);
        else
            text.ShouldBe(golden.Text);
        full.Metadata.ShouldNotBeNull()[FloraKeys.ResultAdapterId].ShouldBe(golden.Adapter);
        updates[^1].AdditionalProperties.ShouldNotBeNull()[FloraKeys.ResultAdapterId].ShouldBe(golden.Adapter);
    }

    /// <summary>Settings without an adapter that end where the golden text does.</summary>
    internal static FloraPromptExecutionSettings Ends(GoldenCompletion golden, string? adapter = null) =>
        new() { AdapterId = adapter, MaxTokens = TinycoderFixture.MaxTokens, StopSequences = [.. golden.StopSequences] };

    /// <summary>The golden prompt as a function; its code is not to be read as a template's.</summary>
    internal static KernelFunction Function(GoldenCompletion golden, PromptExecutionSettings? settings = null) =>
        KernelFunctionFactory.CreateFromPrompt(golden.Prompt, settings, functionName: golden.Name);

    internal static KernelFunction InPlugin(string plugin, KernelFunction function) => KernelPluginFactory.CreateFromFunctions(plugin, [function])[function.Name];
}
