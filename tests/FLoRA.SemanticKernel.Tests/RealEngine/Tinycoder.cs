using System.Collections.Concurrent;
using System.Text.Json;
using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>A container of one's own with the real engine on the embedded model, and a trace of its steps.</summary>
internal sealed class Tinycoder : IDisposable
{
    internal const string Lua = "lua-flora-r4", Rust = "rs-flora-r4", Bash = "sh-flora-r4";

    private readonly ConcurrentQueue<StepTrace> _trace = new();
    private readonly ServiceProvider _services;

    /// <param name="add">Other services, before the engine's.</param>
    /// <param name="configure">Options beside model and adapters.</param>
    /// <param name="serviceId">Key of the engine's services.</param>
    /// <param name="addAfter">Other services, after the engine's.</param>
    internal Tinycoder(Action<IServiceCollection>? add = null, Action<FloraOptions>? configure = null, string? serviceId = null, Action<IServiceCollection>? addAfter = null)
    {
        var services = new ServiceCollection();
        add?.Invoke(services);
        services.AddFlora(options => Configure(options, configure), serviceId);
        addAfter?.Invoke(services);
        _services = services.BuildServiceProvider();
    }

    /// <summary>What the reference gives for the requests of mixed.json.</summary>
    internal static IReadOnlyList<GoldenCompletion> Golden { get; } = ReadGolden();

    internal IServiceProvider Services => _services;

    /// <summary>A kernel over the container.</summary>
    internal Kernel Kernel => new(_services);

    internal FloraChatClient Client => _services.GetRequiredService<FloraChatClient>();

    internal Engine Engine => ((IChatClient)Client).GetService<Engine>()!;

    /// <summary>The first request of an adapter; null: of the base model.</summary>
    internal static GoldenCompletion Of(string? adapter) => Golden.First(g => g.Adapter == adapter);

    /// <summary>Steps that are written so far.</summary>
    internal IReadOnlyList<StepTrace> Steps => [.. _trace];

    /// <summary>Every step so far; the engine thread has written each of them.</summary>
    internal async Task<IReadOnlyList<StepTrace>> StepsAsync()
    {
        await Engine.ReadCountersAsync();
        return Steps;
    }

    /// <summary>Requests that were computed so far.</summary>
    internal async Task<int> RequestsAsync() => (await StepsAsync()).SelectMany(step => step.Sequences).Distinct().Count();

    public void Dispose() => _services.Dispose();

    private void Configure(FloraOptions options, Action<FloraOptions>? configure)
    {
        options.Model = TestModel.Folder;
        options.AdapterFolders.Add(TestModel.Adapters);
        options.Device = "cpu";
        options.KvTokens = 4096;
        configure?.Invoke(options);
        Action<StepTrace>? more = options.Trace;
        options.Trace = step =>
        {
            _trace.Enqueue(step);
            more?.Invoke(step);
        };
    }

    private static GoldenCompletion[] ReadGolden()
    {
        using JsonDocument mixed = JsonDocument.Parse(File.ReadAllText(Path.Combine(TestModel.Root, "models", "tinycoder", "mixed.json")));
        return [.. mixed.RootElement.GetProperty("requests").EnumerateArray().Select(r => new GoldenCompletion(
            r.GetProperty("name").GetString()!,
            r.GetProperty("adapter").GetString(),
            r.GetProperty("prompt").GetString()!,
            [.. r.GetProperty("stop_tokens").EnumerateArray().Select(s => s.GetString()!)],
            r.GetProperty("text_until_stop").GetString()!))];
    }
}
