using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The program of docs/aspnetcore.md serves over a real socket.</summary>
public sealed class AspNetCorePageTests(AspNetCorePageTests.Server server) : IClassFixture<AspNetCorePageTests.Server>
{
    private const string Prompt = "-- Cap qty at 6.\nlocal function cap(qty)\n";

    private static readonly string[] Stop = ["\nlocal"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static object Ask(string code, int? maxTokens = 64) => new { code, maxTokens, stop = Stop };

    [Fact]
    public async Task A_completion_comes_from_the_adapter_in_the_path()
    {
        using HttpResponseMessage response = await server.Client.PostAsJsonAsync("/complete/lua-flora-r4", Ask(Prompt), Cancel);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        JsonElement answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        answer.GetProperty("text").GetString().ShouldNotBeNull().ShouldContain("if qty > 6 then");
        answer.GetProperty("finishReason").GetString().ShouldBe("stop");
    }

    [Fact]
    public async Task A_stream_gives_the_same_text_in_events()
    {
        using HttpResponseMessage full = await server.Client.PostAsJsonAsync("/complete/lua-flora-r4", Ask(Prompt), Cancel);
        string text = (await full.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("text").GetString()!;
        using HttpResponseMessage response = await server.Client.PostAsJsonAsync("/stream/lua-flora-r4", Ask(Prompt), Cancel);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        await using Stream body = await response.Content.ReadAsStreamAsync(Cancel);
        string streamed = "";
        await foreach (System.Net.ServerSentEvents.SseItem<string> item in System.Net.ServerSentEvents.SseParser.Create(body).EnumerateAsync(Cancel))
            streamed += item.Data;
        streamed.ShouldBe(text);
    }

    [Theory]
    [InlineData("/complete/cobol", 64, HttpStatusCode.NotFound, "lua-flora-r4")]
    [InlineData("/stream/cobol", 64, HttpStatusCode.NotFound, "lua-flora-r4")]
    [InlineData("/complete/lua-flora-r4", 100_000, HttpStatusCode.BadRequest, "100000")]
    public async Task What_is_wrong_with_a_call_is_told_by_status_and_message(string path, int maxTokens, HttpStatusCode status, string part)
    {
        using HttpResponseMessage response = await server.Client.PostAsJsonAsync(path, Ask(Prompt, maxTokens), Cancel);
        response.StatusCode.ShouldBe(status);
        (await response.Content.ReadAsStringAsync(Cancel)).ShouldContain(part);
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task It_says_that_it_is_healthy(string path)
    {
        using HttpResponseMessage response = await server.Client.GetAsync(path, Cancel);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await response.Content.ReadAsStringAsync(Cancel)).ShouldBe("Healthy");
    }

    [Fact]
    public void Every_exception_that_says_when_to_come_back_does_so_over_http()
    {
        HttpAnswer.For(new Inference.EngineOverloadedException("full", TimeSpan.FromSeconds(2))).ShouldBe(new HttpAnswer(429, TimeSpan.FromSeconds(2)));
        HttpAnswer.For(new Polly.CircuitBreaker.BrokenCircuitException("open", TimeSpan.FromSeconds(3))).ShouldBe(new HttpAnswer(503, TimeSpan.FromSeconds(3)));
        HttpAnswer.For(new Inference.EngineUnavailableException("down", TimeSpan.FromSeconds(4))).ShouldBe(new HttpAnswer(503, TimeSpan.FromSeconds(4)));
        HttpAnswer.For(new InvalidOperationException()).ShouldBeNull();
    }

    [Fact]
    public void The_page_shows_the_program_that_is_compiled()
    {
        string source = Squeeze(File.ReadAllText(Path.Combine(TestModel.Root, "tests", "FLoRA.SemanticKernel.Tests", "Docs", "AspNetCorePage.cs")).Replace("internal sealed record", "public sealed record", StringComparison.Ordinal));
        string page = File.ReadAllText(Path.Combine(TestModel.Root, "docs", "aspnetcore.md")).Replace("\r", "", StringComparison.Ordinal);
        string[] pieces = [.. page.Split("```csharp\n").Skip(1).Select(p => p.Split("```")[0]).SelectMany(p => p.Split("\n\n"))
            .Select(Squeeze).Where(p => p.Length > 0 && !p.StartsWith("using ", StringComparison.Ordinal) && p != "app.Run();")];
        pieces.Length.ShouldBeGreaterThan(5);
        pieces.ShouldAllBe(piece => source.Contains(piece));
    }

    private static string Squeeze(string code) => string.Join(' ', code.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The program, listening on a free port of this machine.</summary>
    public sealed class Server : IAsyncLifetime
    {
        private WebApplication? _app;

        public HttpClient Client { get; } = new();

        public async ValueTask InitializeAsync()
        {
            _app = AspNetCorePage.Program(
            [
                "--urls", "http://127.0.0.1:0", "--Flora:Model", TestModel.Folder, "--Flora:AdapterFolders:0", TestModel.Adapters, "--Flora:KvTokens", "4096",
                "--Logging:LogLevel:Default", nameof(LogLevel.Warning),
            ]);
            await _app.StartAsync();
            Client.BaseAddress = new Uri(_app.Urls.Single());
            _app.Services.GetRequiredService<FloraChatClient>().Pipeline.Runtime.Host.ShouldNotBeNull();
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await _app!.StopAsync();
            await _app.DisposeAsync();
        }
    }
}
