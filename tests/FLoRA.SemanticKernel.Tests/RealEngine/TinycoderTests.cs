using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Prompt functions of a real kernel over the real engine, against the reference's greedy text.</summary>
public class TinycoderTests(TinycoderFixture tinycoder) : IClassFixture<TinycoderFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_functions_at_once_each_with_its_adapter_give_the_golden_text()
    {
        string?[] texts = await tinycoder.MeetingAsync(tinycoder.Golden.Count, () => Task.WhenAll(tinycoder.Golden.Select(async golden =>
            (await tinycoder.Kernel.InvokeAsync(TinycoderFixture.Function(golden), cancellationToken: Cancel)).GetValue<string>())));
        texts.ShouldBe(tinycoder.Golden.Select(g => g.Text));
        tinycoder.Trace.Max(step => step.Sequences.Count).ShouldBeGreaterThan(8);
    }

    [Fact]
    public async Task Streamed_they_give_the_same()
    {
        string[] texts = await Task.WhenAll(tinycoder.Golden.Select(async golden =>
            string.Concat(await tinycoder.Kernel.InvokeStreamingAsync<string>(TinycoderFixture.Function(golden), cancellationToken: Cancel).ToListAsync(Cancel))));
        texts.ShouldBe(tinycoder.Golden.Select(g => g.Text));
    }

    [Fact]
    public void The_engine_is_reached_through_the_client()
    {
        IChatClient client = tinycoder.Kernel.GetRequiredService<IChatClient>();
        Engine engine = client.GetService<Engine>().ShouldNotBeNull();
        engine.Model.Id.ShouldBe(client.GetService<ChatClientMetadata>()!.DefaultModelId);
        engine.Adapters.Select(a => a.Name).ShouldContain("lua-flora-r4");
        tinycoder.Kernel.Services.GetRequiredService<FloraChatClient>().GetService(typeof(Engine)).ShouldBeSameAs(engine);
    }

    [Fact]
    public async Task An_adapter_that_is_registered_while_serving_answers_and_can_be_unloaded()
    {
        IChatClient client = tinycoder.Kernel.GetRequiredService<IChatClient>();
        Engine engine = client.GetService<Engine>()!;
        GoldenCompletion golden = tinycoder.Golden.First(g => g.Adapter == "lua-flora-r4");
        await engine.LoadAdapterAsync("late", Path.Combine(TestModel.Adapters, "lua-flora-r4"), Cancel);
        engine.Adapters.Single(a => a.Name == "late").ContentHash.ShouldBe(engine.Adapters.Single(a => a.Name == "lua-flora-r4").ContentHash);
        engine.Adapters.Select(a => a.ContentHash.ShouldNotBeNull()).Distinct().Count().ShouldBe(engine.Adapters.Count - 1);
        ChatOptions options = new() { ModelId = "late", MaxOutputTokens = TinycoderFixture.MaxTokens, StopSequences = [.. golden.StopSequences] };
        (await client.GetResponseAsync(golden.Prompt, options, Cancel)).Text.ShouldBe(golden.Text);
        await engine.UnloadAdapterAsync("late", Cancel);
        options = new() { AdditionalProperties = new() { [FloraKeys.AdapterId] = "late" } };
        await Should.ThrowAsync<AdapterNotFoundException>(() => client.GetResponseAsync(golden.Prompt, options, Cancel));
    }

    [Fact]
    public async Task What_an_earlier_call_left_in_the_cache_is_told_in_full_and_streamed()
    {
        IChatClient client = tinycoder.Kernel.GetRequiredService<IChatClient>();
        string prompt = string.Concat(Enumerable.Range(0, 20).Select(i => $"value_{i} = {i * i}\n"));
        UsageDetails first = (await client.GetResponseAsync(prompt, new ChatOptions { MaxOutputTokens = 2 }, Cancel)).Usage.ShouldNotBeNull();
        UsageDetails second = (await client.GetResponseAsync(prompt, new ChatOptions { MaxOutputTokens = 2 }, Cancel)).Usage.ShouldNotBeNull();
        UsageDetails streamed = (await client.GetStreamingResponseAsync(prompt, new ChatOptions { MaxOutputTokens = 2 }, Cancel).ToChatResponseAsync(Cancel)).Usage.ShouldNotBeNull();
        first.CachedInputTokenCount.ShouldBe(0);
        second.CachedInputTokenCount.ShouldBe((first.InputTokenCount - 1) / 16 * 16);
        streamed.CachedInputTokenCount.ShouldBe(second.CachedInputTokenCount);
    }

    [Fact]
    public async Task Settings_that_the_engine_refuses_throw_before_the_first_token()
    {
        IChatClient client = tinycoder.Kernel.GetRequiredService<IChatClient>();
        await Should.ThrowAsync<InvalidRequestException>(() => client.GetResponseAsync("x", new ChatOptions { Temperature = -1 }, Cancel));
        await Should.ThrowAsync<InvalidRequestException>(() => client.GetResponseAsync("x", new ChatOptions { MaxOutputTokens = 100_000 }, Cancel));
        await Should.ThrowAsync<InvalidRequestException>(() => client.GetResponseAsync("", null, Cancel));
    }

    [Fact]
    public async Task Sampling_repeats_itself_with_its_seed()
    {
        IChatClient client = tinycoder.Kernel.GetRequiredService<IChatClient>();
        ChatOptions options = new() { Temperature = 1.2f, Seed = 5, MaxOutputTokens = 24 };
        string[] texts = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ => (await client.GetResponseAsync("def f(", options, Cancel)).Text));
        texts.Distinct().ShouldHaveSingleItem();
    }
}
