using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Several service ids over one engine, and when they are not.</summary>
public class SharedEngineTests
{
    private const string Lua = "lua-flora-r4", Rust = "rs-flora-r4";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static (Kernel Kernel, EchoLoader Loader) Build(params (string? Id, Action<FloraOptions> Configure)[] services)
    {
        var loader = new EchoLoader();
        IKernelBuilder builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton<IModelLoader>(loader);
        foreach ((string? id, Action<FloraOptions> configure) in services)
        {
            builder.AddFlora(
                options =>
                {
                    options.Model = TestModel.Folder;
                    configure(options);
                },
                id);
        }

        return (builder.Build(), loader);
    }

    private static async Task<string> AskAsync(Kernel kernel, string id) =>
        (await kernel.Services.GetRequiredKeyedService<IChatClient>(id).GetResponseAsync("x", cancellationToken: Cancel)).Text;

    [Fact]
    public async Task One_engine_serves_several_ids_each_with_its_own_default()
    {
        (Kernel kernel, EchoLoader loader) = Build(
            ("lua", o => (o.DefaultAdapter, o.Adapters[Lua]) = (Lua, Path.Combine(TestModel.Adapters, Lua))),
            ("rust", o => (o.DefaultAdapter, o.Adapters[Rust]) = (Rust, Path.Combine(TestModel.Adapters, Rust))));
        (await AskAsync(kernel, "lua")).ShouldBe($"{Lua}|x");
        (await AskAsync(kernel, "rust")).ShouldBe($"{Rust}|x");
        loader.Loads.ShouldBe(1);
        loader.Options.ShouldHaveSingleItem().Adapters.Keys.Order().ShouldBe([Lua, Rust]);
        ((IDisposable)kernel.Services).Dispose();
        loader.Engine.Disposed.ShouldBe(1);
    }

    [Fact]
    public async Task The_id_in_the_settings_chooses_the_service_of_a_prompt_function()
    {
        (Kernel kernel, EchoLoader loader) = Build(
            ("lua", o => (o.DefaultAdapter, o.Adapters[Lua]) = (Lua, Path.Combine(TestModel.Adapters, Lua))),
            ("rust", o => (o.DefaultAdapter, o.Adapters[Rust]) = (Rust, Path.Combine(TestModel.Adapters, Rust))));
        foreach ((string id, string adapter) in new[] { ("lua", Lua), ("rust", Rust) })
        {
            var arguments = new KernelArguments(new FloraPromptExecutionSettings { ServiceId = id });
            (await kernel.InvokePromptAsync<string>("x", arguments, cancellationToken: Cancel)).ShouldBe($"{adapter}|x");
        }

        loader.Loads.ShouldBe(1);
        ((IDisposable)kernel.Services).Dispose();
    }

    [Fact]
    public async Task Each_id_writes_conversations_in_its_own_format()
    {
        (Kernel kernel, EchoLoader loader) = Build(
            ("a", o => o.ChatFormat = new(turns => "a:" + turns[^1].Content)), ("b", o => o.ChatFormat = new(turns => "b:" + turns[^1].Content)));
        (await AskAsync(kernel, "a")).ShouldBe("base|a:x");
        (await AskAsync(kernel, "b")).ShouldBe("base|b:x");
        loader.Loads.ShouldBe(1);
        ((IDisposable)kernel.Services).Dispose();
    }

    [Fact]
    public async Task Every_trace_of_a_shared_engine_is_called()
    {
        var seen = new List<string>();
        (Kernel kernel, EchoLoader loader) = Build(("a", o => o.Trace = _ => seen.Add("a")), ("b", o => o.Trace = _ => seen.Add("b")));
        await AskAsync(kernel, "b");
        loader.Options.ShouldHaveSingleItem().Trace.ShouldNotBeNull()(new StepTrace(0, 0, [], 0, 0, [], 0));
        seen.Order().ShouldBe(["a", "b"]);
        ((IDisposable)kernel.Services).Dispose();
    }

    public static TheoryData<string, Action<FloraOptions>> OwnEngine() => new()
    {
        { "DType", o => o.DType = "bfloat16" },
        { "MaxRows", o => o.MaxRows = 128 },
        { "MaxSequences", o => o.MaxSequences = 8 },
        { "KvTokens", o => o.KvTokens = 4096 },
        { "PrefixCache", o => o.PrefixCache = false },
        { "Threads", o => o.Threads = 1 },
        { "Queue", o => o.Queue.MaxRequests = 7 },
        { "Device", o => o.Device = "cpu" },
    };

    [Theory]
    [MemberData(nameof(OwnEngine), DisableDiscoveryEnumeration = true)]
    public async Task Other_engine_settings_are_another_engine(string setting, Action<FloraOptions> configure)
    {
        (Kernel kernel, EchoLoader loader) = Build(("a", _ => { }), ("b", configure));
        await AskAsync(kernel, "a");
        await AskAsync(kernel, "b");
        loader.Loads.ShouldBe(2, setting);
        ((IDisposable)kernel.Services).Dispose();
        loader.Engines.ShouldAllBe(e => e.Disposed == 1);
    }

    [Fact]
    public async Task The_same_model_by_another_path_is_the_same_engine()
    {
        (Kernel kernel, EchoLoader loader) = Build(("a", _ => { }), ("b", o => o.Model = TestModel.Folder + "/../model/"));
        await AskAsync(kernel, "a");
        await AskAsync(kernel, "b");
        loader.Loads.ShouldBe(1);
        ((IDisposable)kernel.Services).Dispose();
    }

    [Fact]
    public async Task One_name_for_two_adapters_of_a_shared_engine_is_an_error_that_names_both()
    {
        (Kernel kernel, EchoLoader loader) = Build(
            ("a", o => o.Adapters["coder"] = Path.Combine(TestModel.Adapters, Lua)), ("b", o => o.Adapters["coder"] = Path.Combine(TestModel.Adapters, Rust)));
        OptionsValidationException error = await Should.ThrowAsync<OptionsValidationException>(() => AskAsync(kernel, "a"));
        new[] { "coder", "'a'", "'b'", Lua, Rust }.ShouldAllBe(part => error.Message.Contains(part));
        loader.Loads.ShouldBe(0);
        ((IDisposable)kernel.Services).Dispose();
    }

    [Fact]
    public async Task The_same_adapter_given_by_both_is_one()
    {
        (Kernel kernel, EchoLoader loader) = Build(("a", o => o.AdapterFolders.Add(TestModel.Adapters)), ("b", o => o.Adapters[Lua] = Path.Combine(TestModel.Adapters, Lua) + "/"));
        await AskAsync(kernel, "a");
        loader.Options.ShouldHaveSingleItem().Adapters.Keys.Count(name => name == Lua).ShouldBe(1);
        ((IDisposable)kernel.Services).Dispose();
    }

    [Fact]
    public async Task Wrong_options_of_one_service_harm_no_other()
    {
        (Kernel kernel, EchoLoader loader) = Build(("good", _ => { }), ("bad", o => o.DefaultAdapter = "cobol"));
        (await AskAsync(kernel, "good")).ShouldBe("base|x");
        await Should.ThrowAsync<OptionsValidationException>(() => AskAsync(kernel, "bad"));
        loader.Loads.ShouldBe(1);
        ((IDisposable)kernel.Services).Dispose();
    }
}
