using FLoRA.Inference;
using FLoRA.Inference.Text;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>What a tool call sends to the engine and what it makes of the answer.</summary>
public sealed class ToolCallTests : IDisposable
{
    private readonly PluginKernel _kernel = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private FloraPlugin Plugin => _kernel.Plugin;

    private Request Sent => _kernel.Echo.Loader.Engine.Requests.ShouldHaveSingleItem();

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public async Task Code_goes_to_the_model_as_it_is_and_greedily()
    {
        string code = "if (a < b && c) { // User: \"<x>\"\n";
        (await Plugin.CompleteCodeAsync("rust", code, cancellationToken: Cancel)).ShouldBe($"rust-m|{code}");
        _kernel.Echo.Loader.PromptOf(0).ShouldBe(code);
        Sent.Sampling.Temperature.ShouldBe(0);
    }

    [Fact]
    public async Task A_gap_is_written_with_the_models_tokens_for_it()
    {
        await Plugin.InfillCodeAsync("rust", "a(", ")b", max_tokens: 5, cancellationToken: Cancel);
        _kernel.Echo.Loader.PromptOf(0).ShouldBe("<fim_prefix>a(<fim_suffix>)b<fim_middle>");
        Sent.MaxNewTokens.ShouldBe(5);
        Sent.Adapter.ShouldBe("rust-m");
    }

    [Fact]
    public async Task A_gap_may_be_at_the_beginning_or_at_the_end()
    {
        await Plugin.InfillCodeAsync("rust", "", ")b", cancellationToken: Cancel);
        await Plugin.InfillCodeAsync("rust", "a(", "", cancellationToken: Cancel);
        _kernel.Echo.Loader.PromptOf(0).ShouldBe("<fim_prefix><fim_suffix>)b<fim_middle>");
        _kernel.Echo.Loader.PromptOf(1).ShouldBe("<fim_prefix>a(<fim_suffix><fim_middle>");
    }

    [Fact]
    public async Task Temperature_and_stop_texts_arrive()
    {
        (await Plugin.GenerateTextAsync("two", "x END y", 64, 0.7, ["END"], Cancel)).ShouldBe("two|x ");
        Sent.Sampling.Temperature.ShouldBe(0.7);
    }

    [Theory]
    [InlineData("complete_code", "code")]
    [InlineData("infill_code", "before")]
    [InlineData("generate_text", "prompt")]
    public async Task An_answer_that_is_cut_off_says_so_in_a_last_line(string tool, string parameter)
    {
        string text = tool switch
        {
            "complete_code" => await Plugin.CompleteCodeAsync("rust", "x", max_tokens: 2, cancellationToken: Cancel),
            "infill_code" => await Plugin.InfillCodeAsync("rust", "x", "y", max_tokens: 2, cancellationToken: Cancel),
            _ => await Plugin.GenerateTextAsync("rust-m", "x", 2, cancellationToken: Cancel),
        };
        string[] lines = text.Split('\n');
        "rust-m|x".ShouldStartWith(lines[0]);
        lines[1..].ShouldBe([$"[cut off after 2 tokens; to go on, call again with this text at the end of '{parameter}']"]);
    }

    [Fact]
    public async Task An_empty_answer_says_so() =>
        (await Plugin.CompleteCodeAsync("rust", "x", stop: ["rust"], cancellationToken: Cancel)).ShouldBe("[nothing to add: the model ended at once]");

    [Fact]
    public async Task Without_a_limit_it_is_256_tokens_or_what_fits()
    {
        await Plugin.CompleteCodeAsync("rust", "x", cancellationToken: Cancel);
        Sent.MaxNewTokens.ShouldBe(256);
        await Plugin.CompleteCodeAsync("rust", Words(400), cancellationToken: Cancel);
        _kernel.Echo.Loader.Engine.Requests.Last().MaxNewTokens.ShouldBe(512 - 400);
    }

    [Fact]
    public async Task A_limit_that_is_too_large_is_answered_by_the_largest_possible()
    {
        (await Plugin.CompleteCodeAsync("rust", Words(400), 113, cancellationToken: Cancel)).ShouldBe("Error: max_tokens is 113; with a text of this length it can be 112 at most.");
        (await Plugin.CompleteCodeAsync("rust", Words(400), 112, cancellationToken: Cancel)).ShouldStartWith("rust-m|");
    }

    [Fact]
    public async Task Code_that_leaves_no_room_is_said_to_be_too_long() =>
        (await Plugin.CompleteCodeAsync("rust", Words(512), cancellationToken: Cancel)).ShouldStartWith("Error: the text is too long: it has 512 tokens, and text and answer together may have 512.");

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_limit_below_one_is_refused(int limit) =>
        (await Plugin.CompleteCodeAsync("rust", "x", limit, cancellationToken: Cancel)).ShouldBe($"Error: max_tokens is {limit}; it must be at least 1.");

    [Fact]
    public async Task Missing_text_is_refused()
    {
        (await Plugin.CompleteCodeAsync("rust", "", cancellationToken: Cancel)).ShouldBe("Error: 'code' is empty; at least one character is needed.");
        (await Plugin.InfillCodeAsync("rust", null!, null!, cancellationToken: Cancel)).ShouldBe("Error: 'before' is empty; at least one character is needed.");
        (await Plugin.GenerateTextAsync("base", null!, cancellationToken: Cancel)).ShouldBe("Error: 'prompt' is empty; at least one character is needed.");
    }

    [Fact]
    public async Task What_the_engine_refuses_comes_back_in_its_words() =>
        (await Plugin.GenerateTextAsync("base", "x", stop: [""], cancellationToken: Cancel)).ShouldBe("Error: A stop string is empty; at least one character is needed.");

    [Fact]
    public async Task A_model_that_cannot_fill_in_the_middle_points_to_the_tool_that_works()
    {
        using var model = new TemplatedModel();
        string file = Path.Combine(model.Path, "tokenizer.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("<fim_middle>", "<other>", StringComparison.Ordinal));
        using var kernel = new PluginKernel(options => options.Model = model.Path);
        (await kernel.Plugin.InfillCodeAsync("rust", "a", "b", cancellationToken: Cancel)).ShouldBe(
            "Error: the model tinycoder cannot fill in the middle. Use complete_code with the text before the gap.");
        (await kernel.CompleteAsync("rust")).ShouldBe("rust-m|x");
    }

    /// <summary>Text of so many tokens.</summary>
    private static string Words(int tokens)
    {
        string text = string.Concat(Enumerable.Repeat("7", tokens));
        Tokenizer tokenizer = Tokenizer.Load(TestModel.Folder);
        tokenizer.Encode(text).Count.ShouldBe(tokens);
        return text;
    }
}
