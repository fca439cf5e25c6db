using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>A real kernel with real registration over an <see cref="EchoEngine"/>.</summary>
internal sealed class EchoKernel : IDisposable
{
    internal EchoKernel(Action<FloraOptions>? configure = null, string? serviceId = null, Action<IServiceCollection>? before = null)
    {
        IKernelBuilder builder = Kernel.CreateBuilder();
        before?.Invoke(builder.Services);
        builder.Services.AddSingleton<IModelLoader>(Loader);
        builder.AddFlora(
            options =>
            {
                options.Model = TestModel.Folder;
                options.AdapterFolders.Add(TestModel.Adapters);
                configure?.Invoke(options);
            },
            serviceId);
        Kernel = builder.Build();
    }

    internal EchoLoader Loader { get; } = new();

    internal Kernel Kernel { get; }

    internal IChatClient Client => Kernel.Services.GetRequiredService<FloraChatClient>();

    internal async Task<string> AskAsync(KernelFunction function, KernelArguments? arguments = null) =>
        (await Kernel.InvokeAsync(function, arguments, TestContext.Current.CancellationToken)).GetValue<string>()!;

    /// <summary>The same over the streaming path.</summary>
    internal async Task<string> StreamAsync(KernelFunction function, KernelArguments? arguments = null) =>
        string.Concat(await Kernel.InvokeStreamingAsync<string>(function, arguments, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));

    public void Dispose() => ((IDisposable)Kernel.Services).Dispose();
}
