using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace FLoRA.SemanticKernel.Tests;

public class FloraOptionsTests
{
    private static FloraOptions Read(string json, Action<FloraOptions>? more = null)
    {
        var services = new ServiceCollection();
        services.AddFlora(Section(json));
        if (more is not null)
            services.AddFlora(more);
        using ServiceProvider provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptionsMonitor<FloraOptions>>().Get("");
    }

    private static IConfigurationSection Section(string json) =>
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes($$"""{"Flora": {{json}} }"""))).Build().GetSection("Flora");

    [Fact]
    public void Every_error_is_listed_in_one_message()
    {
        OptionsValidationException error = Should.Throw<OptionsValidationException>(() => new FloraChatClient(new FloraOptions
        {
            Model = "no-model",
            Adapters = { ["lua"] = "no-adapter" },
            AdapterFolders = ["no-folder"],
            DefaultAdapter = "cobol",
            FunctionAdapters = { ["Coder"] = "lua", ["Coder.x"] = "fortran" },
            Device = "tpu",
            DType = "int4",
            Threads = 0,
            MaxRows = 0,
            MaxSequences = -1,
            KvTokens = 0,
            DrainTimeout = TimeSpan.FromDays(2),
            Queue = { MaxRequests = 0, MaxTokens = 0 },
            Resilience =
            {
                FirstTokenTimeout = TimeSpan.Zero,
                Retry = { MaxAttempts = -1, MaxDelay = -TimeSpan.FromSeconds(1) },
                CircuitBreaker = { FailureRatio = 0, MinimumThroughput = 1, SamplingDuration = TimeSpan.Zero, BreakDuration = TimeSpan.Zero },
            },
        }));
        string[] expected =
        [
            "'no-model'", "'no-adapter'", "'no-folder'", "'cobol'", "FunctionAdapters:Coder: expected", "'fortran'", "'tpu'", "'int4'", "Threads", "MaxRows", "MaxSequences", "KvTokens",
            "DrainTimeout", "Queue:MaxRequests", "Queue:MaxTokens", "FirstTokenTimeout", "MaxAttempts", "MaxDelay", "FailureRatio", "MinimumThroughput", "SamplingDuration", "BreakDuration",
        ];
        error.Failures.Count().ShouldBe(expected.Length);
        expected.ShouldAllBe(part => error.Message.Contains(part));
    }

    [Fact]
    public void A_missing_model_is_named() =>
        Should.Throw<OptionsValidationException>(() => Read("{}")).Message.ShouldContain("Model: the folder of the model is required");

    [Fact]
    public void An_adapter_given_twice_is_named()
    {
        var options = new FloraOptions { Model = TestModel.Folder, Adapters = { ["lua-ia3"] = Path.Combine(TestModel.Adapters, "lua-ia3") }, AdapterFolders = [TestModel.Adapters] };
        Should.Throw<OptionsValidationException>(() => new FloraChatClient(options)).Message.ShouldContain("'lua-ia3'");
    }

    [Fact]
    public void A_section_has_the_same_names()
    {
        FloraOptions options = Read(
            $$"""
            {
              "Model": "{{TestModel.Folder}}",
              "Adapters": { "lua": "{{TestModel.Adapters}}/lua-flora-r4" },
              "AdapterFolders": [ "{{TestModel.Adapters}}" ],
              "FunctionAdapters": { "Coder.lua": "lua", "Coder.*": "rs-flora-r4" },
              "DefaultAdapter": "lua", "RequireAdapter": true, "device": "cpu", "DType": "bfloat16",
              "Threads": 3, "MaxRows": 128, "MaxSequences": "16", "KvTokens": 4096, "PrefixCache": false, "WarmUp": false, "DrainTimeout": "00:00:05",
              "Queue": { "MaxRequests": 7, "MaxTokens": null },
              "Resilience": {
                "FirstTokenTimeout": null,
                "Retry": { "MaxAttempts": 5, "MaxDelay": "00:00:01.5" },
                "circuitBreaker": { "Enabled": false, "FailureRatio": 0.25, "MinimumThroughput": 4, "SamplingDuration": "00:01:00", "BreakDuration": "00:00:02" }
              }
            }
            """);
        options.Model.ShouldBe(TestModel.Folder);
        options.Adapters.ShouldBe([KeyValuePair.Create("lua", $"{TestModel.Adapters}/lua-flora-r4")]);
        options.AdapterFolders.ShouldBe([TestModel.Adapters]);
        options.FunctionAdapters["Coder.lua"].ShouldBe("lua");
        options.FunctionAdapters["Coder.*"].ShouldBe("rs-flora-r4");
        (options.DefaultAdapter, options.RequireAdapter, options.Device, options.DType).ShouldBe(("lua", true, "cpu", "bfloat16"));
        (options.Threads, options.MaxRows, options.MaxSequences, options.KvTokens, options.PrefixCache).ShouldBe((3, 128, 16, 4096, false));
        (options.WarmUp, options.DrainTimeout).ShouldBe((false, TimeSpan.FromSeconds(5)));
        (options.Queue.MaxRequests, options.Queue.MaxTokens, options.Resilience.FirstTokenTimeout).ShouldBe((7, null, null));
        (options.Resilience.Retry.MaxAttempts, options.Resilience.Retry.MaxDelay).ShouldBe((5, TimeSpan.FromSeconds(1.5)));
        FloraCircuitBreakerOptions breaker = options.Resilience.CircuitBreaker;
        (breaker.Enabled, breaker.FailureRatio, breaker.MinimumThroughput).ShouldBe((false, 0.25, 4));
        (breaker.SamplingDuration, breaker.BreakDuration).ShouldBe((TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public void Every_option_that_is_not_code_only_can_be_configured()
    {
        string[] codeOnly =
        [
            nameof(FloraOptions.ChatFormat), nameof(FloraOptions.Trace), nameof(FloraOptions.LoadProgress), "Resilience:Pipeline", "Resilience:BreakerControl",
        ];
        SectionReaders.Text.KnownKeys.Order().ShouldBe(Paths(typeof(FloraOptions), "").Except(codeOnly).Order());
    }

    /// <summary>Paths of all options, those of the groups below their name.</summary>
    private static IEnumerable<string> Paths(Type type, string prefix) => type.GetProperties().SelectMany(p =>
        p.PropertyType.Name is nameof(FloraQueueOptions) or nameof(FloraRestartOptions) or nameof(FloraResilienceOptions) or nameof(FloraRetryOptions) or nameof(FloraCircuitBreakerOptions)
            ? Paths(p.PropertyType, $"{prefix}{p.Name}:")
            : [prefix + p.Name]);

    [Fact]
    public void Unknown_keys_and_unreadable_values_are_all_named()
    {
        OptionsValidationException error = Should.Throw<OptionsValidationException>(() => Read(
            """
            {
              "Modle": "x", "MaxRows": "many", "RequireAdapter": "maybe", "AdapterFolders": "one", "Adapters": ["x"], "Trace": "x", "Device": { "a": 1 },
              "Queue": 5, "Resilience": { "Retries": 1, "Retry": { "MaxDelay": "30" }, "CircuitBreaker": { "FailureRatio": "half" } }
            }
            """));
        string[] expected =
        [
            "Flora:Modle: unknown key", "Flora:MaxRows", "'many'", "Flora:RequireAdapter", "Flora:AdapterFolders: expected a list", "Flora:Trace", "Flora:Device",
            "Flora:Queue: expected an object with MaxRequests, MaxTokens", "Flora:Resilience:Retries: unknown key; known keys: CircuitBreaker, FirstTokenTimeout, Retry",
            "Flora:Resilience:Retry:MaxDelay: expected a time", "Flora:Resilience:CircuitBreaker:FailureRatio: expected a number",
        ];
        expected.ShouldAllBe(part => error.Message.Contains(part));
    }

    [Fact]
    public void What_is_changed_after_the_engine_was_asked_for_does_not_reach_it()
    {
        var options = new FloraOptions { Model = TestModel.Folder, AdapterFolders = [TestModel.Adapters] };
        using var client = new FloraChatClient(options);
        options.Model = "elsewhere";
        options.AdapterFolders.Clear();
        options.Adapters["x"] = "elsewhere";
        options.Queue.MaxRequests = 1;
        options.Resilience.Retry.MaxAttempts = 9;
        FloraOptions taken = client.Pipeline.Runtime.Options;
        (taken.Model, taken.AdapterFolders.Count, taken.Adapters.Count).ShouldBe((TestModel.Folder, 1, 0));
        (taken.Queue.MaxRequests, taken.Resilience.Retry.MaxAttempts).ShouldBe((1024, 3));
    }

    [Fact]
    public void A_section_and_code_combine()
    {
        FloraOptions options = Read($$"""{ "Model": "{{TestModel.Folder}}", "MaxRows": 128 }""", o => o.MaxSequences = 8);
        (options.MaxRows, options.MaxSequences).ShouldBe((128, 8));
    }

    [Fact]
    public async Task With_a_host_wrong_options_stop_the_start()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddFlora(o => o.Model = "no-model", "flora");
        using IHost host = builder.Build();
        OptionsValidationException error = await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        error.Message.ShouldContain("'no-model'");
    }
}
