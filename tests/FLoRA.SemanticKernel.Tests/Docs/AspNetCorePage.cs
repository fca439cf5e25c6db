using FLoRA.Inference;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The program of docs/aspnetcore.md, as it stands there.</summary>
internal static class AspNetCorePage
{
    internal static WebApplication Program(string[] args)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
        builder.Services.AddFlora(builder.Configuration.GetSection("Flora"));
        builder.Services.AddHealthChecks().AddFlora(tags: ["ready"]);
        WebApplication app = builder.Build();

        app.Use(async (context, next) =>
        {
            try
            {
                await next(context);
            }
            catch (Exception e) when (!context.Response.HasStarted && HttpAnswer.For(e) is { } answer)
            {
                if (answer.RetryAfter is { } retryAfter)
                    context.Response.Headers.RetryAfter = Math.Ceiling(retryAfter.TotalSeconds).ToString("F0");
                await Results.Problem(e.Message, statusCode: answer.Status).ExecuteAsync(context);
            }
        });

        app.MapPost("/complete/{adapter}", async (string adapter, Ask ask, IChatClient flora, CancellationToken aborted) =>
        {
            ChatResponse response = await flora.GetResponseAsync(ask.Code, Options(adapter, ask), aborted);
            return new { response.Text, FinishReason = response.FinishReason?.Value, response.Usage?.OutputTokenCount };
        });

        app.MapPost("/stream/{adapter}", (string adapter, Ask ask, IChatClient flora, CancellationToken aborted) =>
            Results.ServerSentEvents(flora.GetStreamingResponseAsync(ask.Code, Options(adapter, ask), aborted).Select(update => update.Text)));

        app.MapHealthChecks("/health/live", new HealthCheckOptions
        {
            ResultStatusCodes = { [HealthStatus.Degraded] = StatusCodes.Status200OK },
        });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions
        {
            ResultStatusCodes = { [HealthStatus.Degraded] = StatusCodes.Status503ServiceUnavailable },
        });

        static ChatOptions Options(string adapter, Ask ask) => new()
        {
            MaxOutputTokens = ask.MaxTokens ?? 128,
            StopSequences = ask.Stop,
            AdditionalProperties = new() { [FloraKeys.AdapterId] = adapter },
        };

        return app;
    }
}

internal sealed record Ask(string Code, int? MaxTokens, string[]? Stop);

internal sealed record HttpAnswer(int Status, TimeSpan? RetryAfter = null)
{
    public static HttpAnswer? For(Exception exception) => exception switch
    {
        EngineOverloadedException overloaded => new(StatusCodes.Status429TooManyRequests, overloaded.RetryAfter),
        EngineUnavailableException down => new(StatusCodes.Status503ServiceUnavailable, down.RetryAfter),
        BrokenCircuitException open => new(StatusCodes.Status503ServiceUnavailable, open.RetryAfter),
        TimeoutRejectedException or EngineStoppingException => new(StatusCodes.Status503ServiceUnavailable),
        AdapterNotFoundException => new(StatusCodes.Status404NotFound),
        InvalidRequestException or NotSupportedException => new(StatusCodes.Status400BadRequest),
        _ => null,
    };
}
