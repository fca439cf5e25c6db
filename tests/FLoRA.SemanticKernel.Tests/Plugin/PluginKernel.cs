using FLoRA.Inference;
using FLoRA.Inference.Adapters;
using Microsoft.Extensions.DependencyInjection;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The plugin over an <see cref="EchoKernel"/> whose adapters have cards: what answers stands at the beginning of the answer.</summary>
internal sealed class PluginKernel : IDisposable
{
    internal PluginKernel(Action<FloraOptions>? configure = null)
    {
        Echo = new EchoKernel(configure);
        Echo.Loader.ModelCard = new FolderCard("Two languages.", ["python", "js"]);
        Echo.Loader.Adapters.Clear();
        Add("rust-a", 100, "Small.", "rust");
        Add("rust-z", 300, "Large.", "rs");
        Add("rust-m", 300, "Large too.", "Rust");
        Add("two", 50, "Both.", "cpp", "c#");
        Add("silent", 900, null);
        Plugin = new FloraPlugin(Echo.Kernel.Services.GetRequiredService<FloraChatClient>());
    }

    internal EchoKernel Echo { get; }

    internal FloraPlugin Plugin { get; }

    internal Task<string> CompleteAsync(string language, string? adapter = null, string code = "x") =>
        Plugin.CompleteCodeAsync(language, code, adapter: adapter, cancellationToken: TestContext.Current.CancellationToken);

    public void Dispose() => Echo.Dispose();

    private void Add(string name, long parameters, string? description, params string[] languages) =>
        Echo.Loader.Adapters.Add(new AdapterInfo(name, name == "two" ? AdapterKind.Ia3 : AdapterKind.Lora, 8, 8, parameters, name) { Card = new FolderCard(description, languages) });
}
