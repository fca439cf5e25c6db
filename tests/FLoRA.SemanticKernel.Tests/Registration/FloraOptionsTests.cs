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
        }));
        string[] expected =
        [
            "'no-model'", "'no-adapter'", "'no-folder'", "'cobol'", "FunctionAdapters:Coder: expected", "'fortran'", "'tpu'", "'int4'", "Threads", "MaxRows", "MaxSequences", "KvTokens",
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
              "Threads": 3, "MaxRows": 128, "MaxSequences": "16", "KvTokens": 4096
            }
            """);
        options.Model.ShouldBe(TestModel.Folder);
        options.Adapters.ShouldBe([KeyValuePair.Create("lua", $"{TestModel.Adapters}/lua-flora-r4")]);
        options.AdapterFolders.ShouldBe([TestModel.Adapters]);
        options.FunctionAdapters["Coder.lua"].ShouldBe("lua");
        options.FunctionAdapters["Coder.*"].ShouldBe("rs-flora-r4");
        (options.DefaultAdapter, options.RequireAdapter, options.Device, options.DType).ShouldBe(("lua", true, "cpu", "bfloat16"));
        (options.Threads, options.MaxRows, options.MaxSequences, options.KvTokens).ShouldBe((3, 128, 16, 4096));
    }

    [Fact]
    public void Every_option_that_is_not_code_only_can_be_configured()
    {
        string[] codeOnly = [nameof(FloraOptions.ChatFormat), nameof(FloraOptions.Trace), nameof(FloraOptions.LoadProgress)];
        FloraOptionsReader.KnownKeys.Order().ShouldBe(typeof(FloraOptions).GetProperties().Select(p => p.Name).Except(codeOnly).Order());
    }

    [Fact]
    public void Unknown_keys_and_unreadable_values_are_all_named()
    {
        OptionsValidationException error = Should.Throw<OptionsValidationException>(() => Read(
            """{ "Modle": "x", "MaxRows": "many", "RequireAdapter": "maybe", "AdapterFolders": "one", "Adapters": ["x"], "Trace": "x", "Device": { "a": 1 } }"""));
        string[] expected = ["Flora:Modle: unknown key", "Flora:MaxRows", "'many'", "Flora:RequireAdapter", "Flora:AdapterFolders: expected a list", "Flora:Trace", "Flora:Device"];
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
        FloraOptions taken = client.Pipeline.Runtime.Options;
        (taken.Model, taken.AdapterFolders.Count, taken.Adapters.Count).ShouldBe((TestModel.Folder, 1, 0));
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
