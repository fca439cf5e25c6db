using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>docs/adapters.md says what compiles and what happens; adapters of a service while it serves.</summary>
public sealed class AdaptersPageTests : IDisposable
{
    private readonly string _before = Directory.GetCurrentDirectory();

    public AdaptersPageTests() => Directory.SetCurrentDirectory(TestModel.Root);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.SetCurrentDirectory(_before);

    [Fact]
    public void Every_snippet_is_one_that_is_compiled() => PageSnippets.ShouldAllBeCompiled("docs/adapters.md");

    [Fact]
    public async Task Adapters_come_and_go_by_the_service_and_names_of_the_root_are_read_when_they_are_called()
    {
        TextWriter console = Console.Out;
        using var written = new StringWriter();
        Console.SetOut(written);
        ServiceProvider provider;
        try
        {
            provider = await AdaptersPage.WithAServiceAsync(new ServiceCollection());
        }
        finally
        {
            Console.SetOut(console);
        }

        await using ServiceProvider owned = provider;
        written.ToString().ShouldContain("lua-flora-r4: Resident");
        written.ToString().ShouldContain("style: Host");
        written.ToString().ShouldContain("2 registered, ");
        FloraChatClient client = provider.GetRequiredService<FloraChatClient>();
        GoldenCompletion golden = Tinycoder.Of(Tinycoder.Bash);
        ChatOptions Options(string adapter) => new() { MaxOutputTokens = TinycoderFixture.MaxTokens, StopSequences = [.. golden.StopSequences], AdditionalProperties = new() { [FloraKeys.AdapterId] = adapter } };
        (await client.GetResponseAsync(golden.Prompt, Options(Tinycoder.Bash), Cancel)).Text.ShouldBe(golden.Text);
        (await client.GetResponseAsync(golden.Prompt, new ChatOptions { ModelId = "lua-ia3", MaxOutputTokens = 2 }, Cancel)).FinishReason.ShouldNotBeNull();
        foreach (string hostile in (string[])["../model", TestModel.Folder, "..", "nobody"])
            await Should.ThrowAsync<AdapterNotFoundException>(() => client.GetResponseAsync(golden.Prompt, Options(hostile), Cancel));
        FloraAdapters adapters = client.Adapters;
        (await adapters.ListAsync(Cancel)).Select(a => a.Name).ShouldBe(["lua-flora-r4", "lua-ia3", Tinycoder.Bash, "style"]);
        await adapters.PinAsync("style", Cancel);
        (await adapters.ListAsync(Cancel)).Single(a => a.Name == "style").ShouldSatisfyAllConditions(a => a.IsPinned.ShouldBeTrue(), a => a.State.ShouldBe(AdapterState.Resident));
        await adapters.UnpinAsync("style", Cancel);
        await adapters.UnloadAsync("style", Cancel);
        await Should.ThrowAsync<AdapterNotFoundException>(() => adapters.PrepareAsync("style", Cancel));
        await AdaptersPage.WithAnEngineAsync(((IChatClient)client).GetService<Engine>()!);
        ((IChatClient)client).GetService<FloraAdapters>().ShouldNotBeNull();
    }

    [Fact]
    public void Names_of_the_root_may_be_defaults_and_wrong_ones_are_errors()
    {
        FloraOptions Of(Action<FloraOptions> change)
        {
            var options = new FloraOptions { Model = TestModel.Folder, AdapterRoot = TestModel.Adapters, DefaultAdapter = "lua-ia3", PinnedAdapters = ["lua-ia3"] };
            change(options);
            return options;
        }

        using (var good = new FloraChatClient(Of(_ => { })))
            ((IChatClient)good).GetService<ChatClientMetadata>().ShouldNotBeNull();
        string message = Should.Throw<OptionsValidationException>(() => new FloraChatClient(Of(options =>
        {
            options.PreloadAdapters = ["nobody"];
            options.PinnedAdapters = ["../model"];
            options.AdapterBytes = 0;
            options.AdapterHostBytes = -1;
        }))).Message;
        foreach (string part in (string[])["PreloadAdapters: adapter 'nobody' is not in AdapterRoot", "PinnedAdapters: adapter '../model'", "AdapterBytes: expected at least 1", "AdapterHostBytes: expected at least 0"])
            message.ShouldContain(part);
        Should.Throw<OptionsValidationException>(() => new FloraChatClient(Of(options => options.AdapterRoot = "nowhere"))).Message.ShouldContain("AdapterRoot: there is no folder 'nowhere'");
    }
}
