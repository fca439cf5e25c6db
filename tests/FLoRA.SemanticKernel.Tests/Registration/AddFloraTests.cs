using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Services;
using Microsoft.SemanticKernel.TextGeneration;

namespace FLoRA.SemanticKernel.Tests;

public class AddFloraTests
{
    private const string Lua = "lua-flora-r4";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void One_engine_behind_keyed_and_unkeyed_services()
    {
        using var flora = new EchoKernel(serviceId: "flora");
        IServiceProvider services = flora.Kernel.Services;
        FloraChatClient client = services.GetRequiredService<FloraChatClient>();
        services.GetRequiredKeyedService<FloraChatClient>("flora").ShouldBeSameAs(client);
        services.GetRequiredKeyedService<IChatClient>("flora").ShouldBeSameAs(client);
        services.GetRequiredService<IChatClient>().ShouldBeSameAs(client);
        services.GetRequiredKeyedService<IChatCompletionService>("flora").ShouldBeSameAs(services.GetRequiredService<IChatCompletionService>());
        services.GetRequiredKeyedService<ITextGenerationService>("flora").ShouldBeSameAs(services.GetRequiredService<ITextGenerationService>());
        services.GetRequiredKeyedService<FloraPlugin>("flora").ShouldBeSameAs(services.GetRequiredService<FloraPlugin>());
        flora.Loader.Loads.ShouldBe(0);
    }

    [Fact]
    public async Task Concurrent_first_calls_load_once()
    {
        using var flora = new EchoKernel();
        ChatResponse[] answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => flora.Client.GetResponseAsync($"x{i}", cancellationToken: Cancel)));
        answers.Select(a => a.Text).ShouldBe(Enumerable.Range(0, 32).Select(i => $"base|x{i}"));
        flora.Loader.Loads.ShouldBe(1);
    }

    [Fact]
    public async Task A_load_that_failed_is_tried_again_by_the_next_call()
    {
        using var flora = new EchoKernel();
        flora.Loader.Failure = new Inference.ModelLoadException("m", "no memory");
        await Should.ThrowAsync<Inference.ModelLoadException>(() => flora.Client.GetResponseAsync("x", cancellationToken: Cancel));
        (await flora.Client.GetResponseAsync("x", cancellationToken: Cancel)).Text.ShouldBe("base|x");
    }

    [Fact]
    public async Task A_service_that_is_registered_unkeyed_stays_the_default()
    {
        using var flora = new EchoKernel(serviceId: "flora", before: services => services.AddSingleton<IChatCompletionService>(new Stranger()));
        flora.Kernel.Services.GetRequiredService<IChatCompletionService>().ShouldBeOfType<Stranger>();
        (await flora.Kernel.InvokePromptAsync<string>("x", cancellationToken: Cancel)).ShouldBe("stranger");
        KernelFunction ours = KernelFunctionFactory.CreateFromPrompt("x", new PromptExecutionSettings { ServiceId = "flora" });
        (await flora.AskAsync(ours)).ShouldBe("base|x");
        (await flora.StreamAsync(ours)).ShouldBe("base|x");
    }

    [Fact]
    public async Task A_chat_client_that_is_registered_unkeyed_stays_the_default()
    {
        using var flora = new EchoKernel(serviceId: "flora", before: services => services.AddSingleton<IChatClient>(new StrangeClient()));
        (await flora.Kernel.InvokePromptAsync<string>("x", cancellationToken: Cancel)).ShouldBe("strange client");
    }

    [Fact]
    public async Task A_function_that_names_an_adapter_never_goes_to_a_stranger()
    {
        using var flora = new EchoKernel(o => o.FunctionAdapters["Coder.*"] = Lua, "flora", services => services.AddSingleton<IChatCompletionService>(new Stranger()));
        (await flora.AskAsync(KernelFunctionFactory.CreateFromPrompt("x", new FloraPromptExecutionSettings { AdapterId = Lua }))).ShouldBe($"{Lua}|x");
        KernelFunction mapped = KernelPluginFactory.CreateFromFunctions("Coder", [KernelFunctionFactory.CreateFromPrompt("x", functionName: "lua")])["lua"];
        (await flora.AskAsync(mapped)).ShouldBe($"{Lua}|x");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AddKernel_finds_the_services_with_and_without_a_key(bool strangerFirst)
    {
        var loader = new EchoLoader();
        var services = new ServiceCollection();
        services.AddSingleton<IModelLoader>(loader).AddKernel();
        if (strangerFirst)
            services.AddSingleton<IChatCompletionService>(new Stranger());
        services.AddFlora(o => { o.Model = TestModel.Folder; o.AdapterFolders.Add(TestModel.Adapters); }, "flora");
        using ServiceProvider provider = services.BuildServiceProvider();
        Kernel kernel = provider.GetRequiredService<Kernel>();
        (await kernel.InvokePromptAsync<string>("x", cancellationToken: Cancel)).ShouldBe(strangerFirst ? "stranger" : "base|x");
        var arguments = new KernelArguments(new FloraPromptExecutionSettings { AdapterId = Lua });
        (await kernel.InvokePromptAsync<string>("x", arguments, cancellationToken: Cancel)).ShouldBe($"{Lua}|x");
        arguments = new KernelArguments(new FloraPromptExecutionSettings { ServiceId = "flora" });
        (await kernel.InvokePromptAsync<string>("x", arguments, cancellationToken: Cancel)).ShouldBe("base|x");
    }

    [Fact]
    public async Task Two_models_under_two_ids()
    {
        var loader = new EchoLoader();
        IKernelBuilder builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton<IModelLoader>(loader);
        builder.AddFlora(o => o.Model = TestModel.Folder, "a").AddFlora(o => (o.Model, o.DType) = (TestModel.Folder, "bfloat16"), "b");
        Kernel kernel = builder.Build();
        await kernel.Services.GetRequiredKeyedService<IChatClient>("b").GetResponseAsync("x", cancellationToken: Cancel);
        await kernel.Services.GetRequiredKeyedService<IChatClient>("a").GetResponseAsync("x", cancellationToken: Cancel);
        await kernel.InvokePromptAsync("x", cancellationToken: Cancel);
        await kernel.InvokePromptAsync("x", new(new FloraPromptExecutionSettings { AdapterId = Lua }), cancellationToken: Cancel);
        loader.Engines.Select(e => e.Requests.Count).ShouldBe([1, 3]);
        ((IDisposable)kernel.Services).Dispose();
        loader.Engines.ShouldAllBe(e => e.Disposed == 1);
    }

    [Fact]
    public async Task A_selector_of_the_users_own_is_kept_and_decorated()
    {
        using var flora = new EchoKernel(o => o.FunctionAdapters["Coder.*"] = Lua, before: services => services.AddSingleton<IAIServiceSelector, CountingSelector>());
        KernelFunction function = KernelPluginFactory.CreateFromFunctions("Coder", [KernelFunctionFactory.CreateFromPrompt("x", functionName: "lua")])["lua"];
        (await flora.AskAsync(function)).ShouldBe($"{Lua}|x");
        flora.Kernel.Services.GetServices<IAIServiceSelector>().OfType<CountingSelector>().ShouldHaveSingleItem();
        CountingSelector.Used.ShouldBeTrue();
    }

    [Fact]
    public void Arguments_are_checked()
    {
        Should.Throw<ArgumentNullException>(() => new ServiceCollection().AddFlora((Action<FloraOptions>)null!));
        Should.Throw<ArgumentNullException>(() => Kernel.CreateBuilder().AddFlora((Microsoft.Extensions.Configuration.IConfiguration)null!));
    }

    private sealed class CountingSelector : IAIServiceSelector
    {
        internal static bool Used { get; private set; }

        public bool TrySelectAIService<T>(
            Kernel kernel, KernelFunction function, KernelArguments arguments, [NotNullWhen(true)] out T? service, out PromptExecutionSettings? serviceSettings)
            where T : class, IAIService
        {
            Used = true;
            service = kernel.Services.GetService<T>();
            serviceSettings = null;
            return service is not null;
        }
    }

    private sealed class Stranger : IChatCompletionService
    {
        public IReadOnlyDictionary<string, object?> Attributes { get; } = new Dictionary<string, object?>();

        public Task<IReadOnlyList<ChatMessageContent>> GetChatMessageContentsAsync(
            ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default) =>
            Task.FromResult<IReadOnlyList<ChatMessageContent>>([new(AuthorRole.Assistant, "stranger")]);

        public IAsyncEnumerable<StreamingChatMessageContent> GetStreamingChatMessageContentsAsync(
            ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default) =>
            new[] { new StreamingChatMessageContent(AuthorRole.Assistant, "stranger") }.ToAsyncEnumerable();
    }

    private sealed class StrangeClient : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, "strange client")));

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            new[] { new ChatResponseUpdate(ChatRole.Assistant, "strange client") }.ToAsyncEnumerable();

        public object? GetService(Type serviceType, object? serviceKey = null) =>
            serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata("strange") : serviceType.IsInstanceOfType(this) ? this : null;

        public void Dispose()
        {
        }
    }
}
