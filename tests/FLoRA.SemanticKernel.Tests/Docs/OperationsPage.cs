using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The snippets of docs/operations.md.</summary>
internal static class OperationsPage
{
    internal static void Health(IServiceCollection services)
    {
        services.AddHealthChecks().AddFlora().AddFloraSpeech();
    }

    internal static async Task<string?> Telemetry(Kernel kernel)
    {
        using TracerProvider traces = Sdk.CreateTracerProviderBuilder()
            .AddSource("Experimental.Microsoft.Extensions.AI")
            .AddConsoleExporter()
            .Build();
        using MeterProvider meters = Sdk.CreateMeterProviderBuilder()
            .AddMeter("Experimental.Microsoft.Extensions.AI", "FLoRA")
            .AddConsoleExporter()
            .Build();
        string? answer = await kernel.InvokePromptAsync<string>("-- Cap qty at 6.\n", new(new FloraPromptExecutionSettings { AdapterId = "lua-flora-r4", MaxTokens = 24 }));
        return answer;
    }
}
