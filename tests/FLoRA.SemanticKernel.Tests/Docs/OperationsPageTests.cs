using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>docs/operations.md: its snippets run, its table is that of the options.</summary>
public class OperationsPageTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_kinds_of_service_have_a_check()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddFlora(o => o.Model = TestModel.Folder);
        services.AddFloraSpeech(o => o.Model = Tinywhisper.Model);
        OperationsPage.Health(services);
        await using ServiceProvider provider = services.BuildServiceProvider();
        HealthReport report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancel);
        report.Entries.Keys.Order().ShouldBe(["flora", "flora-speech"]);
        report.Status.ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task The_console_shows_spans_and_meters()
    {
        using var tinycoder = new Tinycoder();
        await tinycoder.Engine.ReadCountersAsync();
        TextWriter console = Console.Out;
        using var written = new StringWriter();
        Console.SetOut(TextWriter.Synchronized(written));
        try
        {
            (await OperationsPage.Telemetry(tinycoder.Kernel)).ShouldNotBeNullOrEmpty();
        }
        finally
        {
            Console.SetOut(console);
        }

        foreach (string part in new[]
        {
            "chat tinycoder", "gen_ai.operation.name: chat", "flora.adapter.id: lua-flora-r4", "gen_ai.usage.output_tokens: 24", "gen_ai.client.token.usage", "flora.queue.wait", "flora.cache.blocks",
        })
        {
            written.ToString().ShouldContain(part);
        }
    }

    [Fact]
    public void The_page_lists_every_instrument()
    {
        var instruments = new HashSet<string>();
        using var listener = new MeterListener();
        using var tinycoder = new Tinycoder();
        tinycoder.Engine.ShouldNotBeNull();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == "FLoRA")
                instruments.Add(instrument.Name);
        };
        listener.Start();
        string page = File.ReadAllText(Path.Combine(TestModel.Root, "docs", "operations.md"));
        instruments.Where(name => !page.Contains($"`{name}`")).ShouldBeEmpty();
        string[] rows = [.. page.Split('\n').Where(line => line.StartsWith("| `flora.", StringComparison.Ordinal)).SelectMany(line => line.Split('|')[1].Split(',')).Select(name => name.Trim(' ', '`'))];
        rows.Order().ShouldBe(instruments.Order());
    }

    [Fact]
    public void The_page_shows_what_is_compiled() => PageSnippets.ShouldAllBeCompiled("docs/operations.md");

    [Fact]
    public void The_page_names_every_state_and_the_defaults_of_a_restart()
    {
        string page = File.ReadAllText(Path.Combine(TestModel.Root, "docs", "operations.md"));
        foreach (EngineState state in Enum.GetValues<EngineState>())
            page.ShouldContain($"`{state}`");
        var defaults = new FloraRestartOptions();
        page.ShouldContain($"| `Restart.FailedSteps` | {defaults.FailedSteps} |");
        page.ShouldContain($"| `Restart.MaxAttempts` | {defaults.MaxAttempts} |");
        page.ShouldContain($"| `Restart.Delay` | {defaults.Delay} |");
        page.ShouldContain($"| `Restart.MaxDelay` | {defaults.MaxDelay} |");
        page.ShouldContain($"{FloraHealthCheck.NearlyFull * 100} % of `Queue.MaxRequests`");
    }
}
