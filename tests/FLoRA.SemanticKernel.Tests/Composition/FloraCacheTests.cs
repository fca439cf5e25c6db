using FLoRA.Inference.Text;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>One cache behind several clients: an answer is only ever given for the adapter and the content that made it.</summary>
public class FloraCacheTests
{
    private readonly MemoryDistributedCache _cache = new(Options.Create(new MemoryDistributedCacheOptions()));

    private Pipeline Cached(Action<FloraOptions>? configure = null) => new(b => b.UseFloraCache(_cache), configure: configure);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Clients_with_different_default_adapters_do_not_share_answers(bool streaming)
    {
        using Pipeline lua = Cached(o => o.DefaultAdapter = Tinycoder.Lua), rust = Cached(o => o.DefaultAdapter = Tinycoder.Rust), plain = Cached();

        ChatResponse ofLua = await lua.CallAsync(streaming, Pipeline.Options());
        ChatResponse ofRust = await rust.CallAsync(streaming, Pipeline.Options());
        ChatResponse ofBase = await plain.CallAsync(streaming, Pipeline.Options());

        new[] { ofLua.Text, ofRust.Text, ofBase.Text }.Distinct().Count().ShouldBe(3);
        ofRust.AdditionalProperties![FloraKeys.AdapterId].ShouldBe(Tinycoder.Rust);
        (await lua.CallAsync(streaming, Pipeline.Options())).Text.ShouldBe(ofLua.Text);
        (await lua.Tinycoder.RequestsAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Microsofts_cache_is_the_trap_that_this_one_avoids()
    {
        using var lua = new Pipeline(b => b.UseDistributedCache(_cache), configure: o => o.DefaultAdapter = Tinycoder.Lua);
        using var rust = new Pipeline(b => b.UseDistributedCache(_cache), configure: o => o.DefaultAdapter = Tinycoder.Rust);
        ChatResponse ofLua = await lua.AskAsync(Pipeline.Options());
        (await rust.AskAsync(Pipeline.Options())).Text.ShouldBe(ofLua.Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_second_client_with_the_same_adapter_is_given_the_answer_as_it_was(bool streaming)
    {
        using Pipeline one = Cached(o => o.DefaultAdapter = Tinycoder.Lua), two = Cached(o => o.DefaultAdapter = Tinycoder.Lua);
        ChatResponse first = await one.CallAsync(streaming, Pipeline.Options());
        ChatResponse second = await two.CallAsync(streaming, Pipeline.Options());

        second.Text.ShouldBe(first.Text);
        second.ModelId.ShouldBe("tinycoder");
        second.FinishReason.ShouldBe(first.FinishReason);
        second.Usage!.OutputTokenCount.ShouldBe(first.Usage!.OutputTokenCount);
        second.AdditionalProperties!.Keys.Order().ShouldBe(first.AdditionalProperties!.Keys.Order());
        foreach ((string key, object? value) in first.AdditionalProperties!.Where(p => p.Key != FloraKeys.Usage))
            second.AdditionalProperties[key].ShouldBe(value);
        second.AdditionalProperties[FloraKeys.Usage].ShouldBeOfType<UsageDetails>().InputTokenCount.ShouldBe(first.Usage.InputTokenCount);
        (await two.Tinycoder.RequestsAsync()).ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_adapter_that_was_replaced_does_not_give_the_others_answers(bool streaming)
    {
        using Pipeline pipeline = Cached();
        ChatOptions options = Pipeline.Options("mine");
        await ReplaceAsync(pipeline, Tinycoder.Lua);
        string ofLua = (await pipeline.CallAsync(streaming, options)).Text;
        await ReplaceAsync(pipeline, Tinycoder.Rust);
        string ofRust = (await pipeline.CallAsync(streaming, options)).Text;
        ofRust.ShouldNotBe(ofLua);
        await ReplaceAsync(pipeline, Tinycoder.Lua);
        (await pipeline.CallAsync(streaming, options)).Text.ShouldBe(ofLua);
        (await pipeline.Tinycoder.RequestsAsync()).ShouldBe(2);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public async Task An_answer_by_another_adapter_than_the_keys_is_not_stored(bool streaming, bool coalesce)
    {
        // The adapter is chosen further inside than the cache can see.
        using var hidden = new Pipeline(b => b.Use((inner, _) => new FloraCachingChatClient(inner, _cache) { CoalesceStreamingUpdates = coalesce })
            .ConfigureOptions(o => (o.AdditionalProperties ??= [])[FloraKeys.AdapterId] = Tinycoder.Lua));
        using Pipeline plain = Cached();
        string ofLua = (await hidden.CallAsync(streaming, Pipeline.Options())).Text;
        (await plain.CallAsync(streaming, Pipeline.Options())).Text.ShouldNotBe(ofLua);
    }

    [Fact]
    public async Task Updates_that_are_kept_one_by_one_come_back_so()
    {
        using var pipeline = new Pipeline(b => b.Use((inner, _) => new FloraCachingChatClient(inner, _cache) { CoalesceStreamingUpdates = false }));
        List<ChatResponseUpdate> first = await ListAsync(), second = await ListAsync();
        second.Select(u => u.Text).ShouldBe(first.Select(u => u.Text));
        second[^1].AdditionalProperties![FloraKeys.Usage].ShouldBeOfType<UsageDetails>();
        (await pipeline.Tinycoder.RequestsAsync()).ShouldBe(1);

        async Task<List<ChatResponseUpdate>> ListAsync() =>
            await pipeline.Client.GetStreamingResponseAsync(Pipeline.Prompt, Pipeline.Options(Tinycoder.Lua), TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Clients_that_write_conversations_differently_do_not_share_answers()
    {
        using Pipeline plain = Cached();
        using Pipeline own = Cached(o => o.ChatFormat = new ChatFormat(turns => $"# {turns[^1].Content}\ndef "));
        string first = (await plain.AskAsync(Pipeline.Options())).Text;
        (await own.AskAsync(Pipeline.Options())).Text.ShouldNotBe(first);
        (await own.Tinycoder.RequestsAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task An_answer_in_another_number_type_or_under_another_name_is_another_answer()
    {
        using Pipeline one = Cached(o => o.DefaultAdapter = Tinycoder.Lua), half = Cached(o => (o.DefaultAdapter, o.DType) = (Tinycoder.Lua, "bfloat16"));
        using Pipeline named = Cached(o =>
        {
            o.Adapters["mine"] = Path.Combine(TestModel.Adapters, Tinycoder.Lua);
            o.DefaultAdapter = "mine";
        });
        string ofLua = (await one.AskAsync(Pipeline.Options())).Text;
        await half.AskAsync(Pipeline.Options());
        (await half.Tinycoder.RequestsAsync()).ShouldBe(1);
        ChatResponse mine = await named.AskAsync(Pipeline.Options());
        mine.Text.ShouldBe(ofLua);
        mine.AdditionalProperties![FloraKeys.ResultAdapterId].ShouldBe("mine");
    }

    [Fact]
    public async Task Errors_are_those_of_the_client_and_are_not_cached()
    {
        using Pipeline pipeline = Cached();
        await Should.ThrowAsync<Inference.AdapterNotFoundException>(() => pipeline.AskAsync(Pipeline.Options("cobol")));
        await Should.ThrowAsync<Inference.AdapterNotFoundException>(() => pipeline.StreamAsync(Pipeline.Options("cobol")));
        (await Should.ThrowAsync<NotSupportedException>(() => pipeline.AskAsync(new ChatOptions { ConversationId = "c" }))).Message.ShouldContain("ConversationId");
        await Should.ThrowAsync<ArgumentNullException>(() => pipeline.Client.GetResponseAsync((IEnumerable<ChatMessage>)null!, null, TestContext.Current.CancellationToken));
        Should.Throw<ArgumentNullException>(() => pipeline.Client.GetStreamingResponseAsync((IEnumerable<ChatMessage>)null!, null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_cache_is_the_containers_or_the_given_one_and_needs_a_client_of_ours()
    {
        using var container = new Pipeline(b => b.UseFloraCache(), s => s.AddSingleton<IDistributedCache>(_cache));
        container.Client.GetService<FloraCachingChatClient>().ShouldNotBeNull();
        using var without = new Pipeline(b => b.UseFloraCache());
        Should.Throw<InvalidOperationException>(() => without.Client).Message.ShouldContain(nameof(IDistributedCache));
        using var stranger = new StrangeChatClient();
        Should.Throw<ArgumentException>(() => new FloraCachingChatClient(stranger, _cache)).Message.ShouldContain(nameof(StrangeChatClient));
        Should.Throw<ArgumentNullException>(() => ((ChatClientBuilder)null!).UseFloraCache());
    }

    private static Task ReplaceAsync(Pipeline pipeline, string by) =>
        pipeline.Tinycoder.Engine.LoadAdapterAsync("mine", Path.Combine(TestModel.Adapters, by), TestContext.Current.CancellationToken);

    private sealed class StrangeChatClient : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
