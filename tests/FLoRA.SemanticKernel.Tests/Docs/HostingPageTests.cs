using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The snippets of <see cref="HostingPage"/> do what the page says.</summary>
public sealed class HostingPageTests : IDisposable
{
    private readonly string _before = Directory.GetCurrentDirectory();

    public HostingPageTests() => Directory.SetCurrentDirectory(TestModel.Root);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.SetCurrentDirectory(_before);

    [Fact]
    public async Task A_program_with_a_host_runs_from_configuration_to_its_end()
    {
        using IHost host = HostingPage.WithAHost(
            ["--Flora:Model", TestModel.Folder, "--Flora:AdapterFolders:0", TestModel.Adapters, "--Flora:KvTokens", "2048", "--Logging:LogLevel:Default", "Warning"]);
        HostingPage.Reviewer reviewer = host.Services.GetServices<IHostedService>().OfType<HostingPage.Reviewer>().Single();
        await host.RunAsync(Cancel); // disposes the host at its end
        reviewer.Answer.ShouldNotBeNull().ShouldContain("if qty > 6 then");
    }

    [Fact]
    public async Task Two_services_share_one_engine()
    {
        var services = new ServiceCollection();
        HostingPage.TwoServices(services);
        await using ServiceProvider provider = services.BuildServiceProvider();
        IChatClient lua = provider.GetRequiredKeyedService<IChatClient>("lua"), rust = provider.GetRequiredKeyedService<IChatClient>("rust");
        lua.GetService<Engine>().ShouldNotBeNull().ShouldBeSameAs(rust.GetService<Engine>());
        ChatOptions options = new() { MaxOutputTokens = 8 };
        ChatResponse[] answers = await Task.WhenAll(lua.GetResponseAsync("-- Cap qty", options, Cancel), rust.GetResponseAsync("// Cap qty", options, Cancel));
        answers.Select(a => a.AdditionalProperties!["AdapterId"]).ShouldBe(["lua-flora-r4", "rust"]);
    }

    [Fact]
    public async Task A_busy_engine_says_when_to_come_back()
    {
        using var flora = new EchoKernel(o => o.Resilience.Retry.MaxAttempts = 0);
        (await HostingPage.BusyAsync(flora.Client, "x", Cancel)).ShouldBe("base|x");
        flora.Loader.Engine.Refusals.Enqueue(new EngineOverloadedException("full", TimeSpan.FromSeconds(3)));
        (await HostingPage.BusyAsync(flora.Client, "x", Cancel)).ShouldBe("Busy; come back in 3 s.");
    }

    [Fact]
    public async Task The_pipeline_of_ones_own_is_used()
    {
        using var flora = new EchoKernel(HostingPage.OwnPipeline);
        (await flora.Client.GetResponseAsync("x", cancellationToken: Cancel)).Text.ShouldBe("base|x");
        flora.Loader.Engine.Refusals.Enqueue(new EngineOverloadedException("full", TimeSpan.FromHours(1)));
        (await flora.Client.GetResponseAsync("x", cancellationToken: Cancel)).Text.ShouldBe("base|x");
    }
}
