using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.SemanticKernel;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The snippets about hosting and resilience in docs/semantic-kernel.md, as they stand there.</summary>
internal static class HostingPage
{
    internal static IHost WithAHost(string[] args)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
        builder.Services.AddFlora(builder.Configuration.GetSection("Flora"));
        builder.Services.AddKernel();
        builder.Services.AddHostedService<Reviewer>();
        IHost host = builder.Build();
        return host;
    }

    internal static void TwoServices(IServiceCollection services)
    {
        services.AddFlora(flora =>
        {
            flora.Model = "models/tinycoder/model";
            flora.AdapterFolders.Add("models/tinycoder/adapters");
            flora.DefaultAdapter = "lua-flora-r4";
        }, serviceId: "lua");
        services.AddFlora(flora =>
        {
            flora.Model = "models/tinycoder/model";
            flora.DefaultAdapter = "rust";
            flora.Adapters["rust"] = "models/tinycoder/adapters/rs-flora-r4";
        }, serviceId: "rust");
    }

    internal static async Task<string> BusyAsync(IChatClient client, string prompt, CancellationToken cancellationToken)
    {
        try
        {
            return (await client.GetResponseAsync(prompt, cancellationToken: cancellationToken)).Text;
        }
        catch (EngineOverloadedException busy)
        {
            return $"Busy; come back in {busy.RetryAfter.TotalSeconds:F0} s.";
        }
    }

    internal static void OwnPipeline(FloraOptions flora)
    {
        flora.Resilience.Pipeline = new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<EngineOverloadedException>(),
                MaxRetryAttempts = 10,
                Delay = TimeSpan.FromMilliseconds(200),
                BackoffType = DelayBackoffType.Exponential,
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<EngineFaultException>(fault => fault.IsDeviceFault),
                ManualControl = flora.Resilience.BreakerControl,
            })
            .Build();
    }

    internal sealed class Reviewer(Kernel kernel, IHostApplicationLifetime program) : BackgroundService
    {
        internal string? Answer { get; private set; }

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            var arguments = new KernelArguments(new FloraPromptExecutionSettings { AdapterId = "lua-flora-r4", MaxTokens = 64, StopSequences = ["\nlocal"] });
            Answer = await kernel.InvokePromptAsync<string>("-- Cap qty at 6.\nlocal function cap(qty)\n", arguments, cancellationToken: stoppingToken);
            program.StopApplication();
        }
    }
}
