using System.Text.Json;
using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel.TextGeneration;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The tools over the real engine, against the reference's greedy text; the cards of the embedded adapters choose by language.</summary>
public class TinycoderPluginTests(TinycoderFixture tinycoder) : IClassFixture<TinycoderFixture>
{
    private const string Before = "-- Cap qty at 6.\nlocal function cap(qty)\n";

    private const string After = "\nend\n";

    private readonly FloraPlugin _plugin = new(tinycoder.Kernel.Services.GetRequiredService<FloraChatClient>());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Code_is_completed_by_the_adapter_for_its_language()
    {
        GoldenCompletion golden = Golden("tiny_047_get_last");
        golden.Adapter.ShouldBe("lua-flora-r4");
        (await CompleteAsync("Lua", golden)).ShouldBe(golden.Text);
    }

    [Fact]
    public async Task Many_calls_at_once_share_batches_and_each_gives_the_golden_text()
    {
        string[] texts = await tinycoder.MeetingAsync(tinycoder.Golden.Count, () => Task.WhenAll(tinycoder.Golden.Select(golden => CompleteAsync("", golden, golden.Adapter ?? "base"))));
        string note = $"\n[cut off after {TinycoderFixture.MaxTokens} tokens; to go on, call again with this text at the end of 'code']";
        texts.Select(text => text.Replace(note, "", StringComparison.Ordinal)).ShouldBe(tinycoder.Golden.Select(golden => golden.Text));
        texts.Count(text => text.EndsWith(note, StringComparison.Ordinal)).ShouldBeInRange(1, texts.Length - 1);
        tinycoder.Trace.Max(step => step.Sequences.Count).ShouldBeGreaterThan(8);
    }

    [Fact]
    public async Task A_gap_is_filled_as_the_text_service_fills_it()
    {
        string text = await _plugin.InfillCodeAsync("lua", Before, After, 32, cancellationToken: Cancel);
        var settings = new FloraPromptExecutionSettings { AdapterId = "lua-flora-r4", Suffix = After, MaxTokens = 32 };
        string expected = (await tinycoder.Kernel.GetRequiredService<ITextGenerationService>().GetTextContentsAsync(Before, settings, cancellationToken: Cancel)).Single().Text!;
        expected.ShouldNotBeEmpty();
        text.Split("\n[cut off")[0].ShouldBe(expected);
        text.ShouldNotStartWith("Error:");
    }

    [Fact]
    public async Task The_list_tells_what_the_cards_say()
    {
        string[] lines = (await _plugin.ListAdaptersAsync(cancellationToken: Cancel)).Split('\n');
        lines.Length.ShouldBe(19);
        lines[0].ShouldStartWith("base | ");
        lines[0].ShouldContain(" | languages: python, javascript | base model tinycoder");
        string lua = lines.Single(line => line.StartsWith("lua-flora-r4 | ", StringComparison.Ordinal));
        lua.ShouldContain("Lua");
        lua.ShouldEndWith(" | languages: lua | flora, rank 4");
        (await _plugin.ListAdaptersAsync("sh", Cancel)).Split('\n').Select(line => line.Split(' ')[0]).ShouldBe(["sh-flora-r1", "sh-flora-r4"]);
    }

    [Fact]
    public async Task What_the_engine_can_never_do_is_told_before_it_begins()
    {
        (await _plugin.CompleteCodeAsync("cobol", "x", cancellationToken: Cancel)).ShouldStartWith("Error: there is no adapter for the language 'cobol'. Languages: bash, javascript, lua, perl, php, python,");
        (await _plugin.CompleteCodeAsync("lua", "x", 512, cancellationToken: Cancel)).ShouldBe("Error: max_tokens is 512; with a text of this length it can be 511 at most.");
        (await _plugin.CompleteCodeAsync("lua", "x", 511, stop: ["\n"], cancellationToken: Cancel)).ShouldNotStartWith("Error:");
        (await _plugin.GenerateTextAsync("base", "x", temperature: -1, cancellationToken: Cancel)).ShouldStartWith("Error: The sampling options are wrong:");
    }

    [Fact]
    public async Task A_small_cache_bounds_the_answer_as_the_context_does()
    {
        using var client = new FloraChatClient(new FloraOptions { Model = TestModel.Folder, Device = "cpu", KvTokens = 64 });
        var plugin = new FloraPlugin(client);
        (await plugin.GenerateTextAsync("base", "7", 64, cancellationToken: Cancel)).ShouldBe("Error: max_tokens is 64; with a text of this length it can be 63 at most.");
        (await plugin.GenerateTextAsync("base", new string('7', 64), cancellationToken: Cancel)).ShouldStartWith("Error: the text is too long: it has 64 tokens, and text and answer together may have 64.");
        (await plugin.GenerateTextAsync("base", new string('7', 63), cancellationToken: Cancel)).ShouldEndWith("[cut off after 1 token; to go on, call again with this text at the end of 'prompt']");
    }

    [Fact]
    public async Task An_adapter_that_comes_while_the_tools_are_in_use_is_one_of_them()
    {
        Engine engine = tinycoder.Kernel.Services.GetRequiredService<IChatClient>().GetService<Engine>()!;
        GoldenCompletion golden = Golden("tiny_047_get_last");
        (await CompleteAsync("", golden, "late")).ShouldStartWith("Error: adapter 'late' does not exist. Adapters: lua-flora-r1,");
        await engine.LoadAdapterAsync("late", Path.Combine(TestModel.Adapters, "lua-flora-r4"), Cancel);
        (await CompleteAsync("", golden, "late")).ShouldBe(golden.Text);
        await engine.UnloadAdapterAsync("late", Cancel);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Another_model_lists_the_adapters_and_has_code_completed(bool asAgent)
    {
        GoldenCompletion golden = Golden("tiny_047_get_last");
        var cloud = new CloudModel(("list_adapters", """{"language":"lua"}"""), ("complete_code", Arguments(golden)));
        AITool[] tools = [.. _plugin.AsAIFunctions()];
        string text;
        if (asAgent)
        {
            text = (await cloud.AsAIAgent(instructions: "You write Lua.", tools: tools).RunAsync("Write it.", cancellationToken: Cancel)).Messages[^1].Text;
        }
        else
        {
            using IChatClient client = new FunctionInvokingChatClient(cloud);
            text = (await client.GetResponseAsync("Write it.", new ChatOptions { Tools = tools }, Cancel)).Messages[^1].Text;
        }

        text.ShouldBe(golden.Text);
        cloud.Results[0].ShouldStartWith("lua-flora-r1 | ");
    }

    [Fact]
    public async Task Calls_that_a_model_makes_at_once_run_at_once()
    {
        GoldenCompletion[] lua = [.. tinycoder.Golden.Where(golden => golden.Adapter == "lua-flora-r4")];
        lua.Length.ShouldBeGreaterThan(1);
        var cloud = new CloudModel([.. lua.Select(golden => ("complete_code", Arguments(golden)))]) { AsksAtOnce = true };
        using IChatClient client = new FunctionInvokingChatClient(cloud) { AllowConcurrentInvocation = true };
        int before = tinycoder.Trace.Count;
        await tinycoder.MeetingAsync(lua.Length, () => client.GetResponseAsync("Write them.", new ChatOptions { Tools = [.. _plugin.AsAIFunctions()] }, Cancel));
        cloud.Results.Select(text => text.Split("\n[cut off")[0]).ShouldBe(lua.Select(golden => golden.Text));
        tinycoder.Trace.Skip(before).Max(step => step.Sequences.Count).ShouldBeGreaterThan(1);
    }

    private static string Arguments(GoldenCompletion golden) =>
        JsonSerializer.Serialize(new { language = "lua", code = golden.Prompt, max_tokens = TinycoderFixture.MaxTokens, stop = golden.StopSequences });

    private GoldenCompletion Golden(string name) => tinycoder.Golden.Single(golden => golden.Name == name);

    private Task<string> CompleteAsync(string language, GoldenCompletion golden, string? adapter = null) =>
        _plugin.CompleteCodeAsync(language, golden.Prompt, TinycoderFixture.MaxTokens, golden.StopSequences, adapter, Cancel);
}
