using FLoRA.Inference.Sampling;
using FLoRA.Inference.Text;

namespace FLoRA.Inference.Tests.Text;

/// <summary>From a request in text to a request in token ids.</summary>
public sealed class TextRequestTests
{
    private static readonly Tokenizer Tinycoder = TextData.LoadTinycoder();

    [Fact]
    public void A_prompt_goes_to_the_engine_as_its_tokens_and_nothing_is_lost()
    {
        ScriptedEngine engine = new();
        TextRequest request = new()
        {
            Prompt = "def f():",
            Adapter = "lua",
            MaxNewTokens = 7,
            Sampling = new SamplingOptions { Temperature = 0.5, Seed = 3 },
            StopTokens = [5],
            IgnoreEos = true,
            Logprobs = true,
        };
        TextStream stream = new TextGenerator(engine, Tinycoder).Start(request);
        Request sent = Assert.Single(engine.Requests);
        Assert.Equal(Tinycoder.Encode("def f():"), sent.PromptTokens);
        Assert.Equal(new Request
        {
            PromptTokens = sent.PromptTokens,
            Adapter = "lua",
            MaxNewTokens = 7,
            Sampling = request.Sampling,
            StopTokens = request.StopTokens,
            IgnoreEos = true,
            Logprobs = true,
        }, sent);
        Assert.Equal("lua", stream.Adapter);
        Assert.Equal(sent.PromptTokens.Count, stream.PromptTokens);
    }

    [Fact]
    public void Token_ids_go_through_as_they_are()
    {
        ScriptedEngine engine = new();
        _ = new TextGenerator(engine, null).Start(new TextRequest { PromptTokens = [7, 8] });
        Assert.Equal([7, 8], Assert.Single(engine.Requests).PromptTokens);
    }

    [Fact]
    public void A_suffix_is_written_as_fill_in_the_middle()
    {
        ScriptedEngine engine = new();
        TextGenerator generator = new(engine, Tinycoder);
        _ = generator.Start(new TextRequest { Prompt = "a(", Suffix = ")b" });
        _ = generator.Start(new TextRequest { Prompt = "", Suffix = ")b" });
        Assert.Equal(Tinycoder.Encode("<fim_prefix>a(<fim_suffix>)b<fim_middle>"), engine.Requests[0].PromptTokens);
        Assert.Equal(Tinycoder.Encode("<fim_prefix><fim_suffix>)b<fim_middle>"), engine.Requests[1].PromptTokens);
    }

    [Fact]
    public void A_model_that_cannot_fill_in_says_what_it_lacks() =>
        Assert.Contains("<fim_prefix>", Refusal(new TextRequest { Prompt = "a", Suffix = "b" }, new TokenizerFileBuilder().Load()), StringComparison.Ordinal);

    [Fact]
    public void Whether_a_model_fills_in_is_known_before_a_request()
    {
        Assert.True(new TextGenerator(new ScriptedEngine(), Tinycoder).CanFillInTheMiddle);
        Assert.False(new TextGenerator(new ScriptedEngine(), new TokenizerFileBuilder().Load()).CanFillInTheMiddle);
        Assert.False(new TextGenerator(new ScriptedEngine(), null).CanFillInTheMiddle);
    }

    [Fact]
    public void The_tokens_of_a_prompt_are_counted_as_they_are_sent()
    {
        ScriptedEngine engine = new();
        TextGenerator generator = new(engine, Tinycoder);
        TextRequest request = new() { Prompt = "a(", Suffix = ")b" };
        int count = generator.CountPromptTokens(request);
        Assert.Empty(engine.Requests);
        Assert.Equal(generator.Start(request).PromptTokens, count);
        Assert.Throws<InvalidRequestException>(() => generator.CountPromptTokens(new TextRequest { Prompt = "" }));
    }

    [Fact]
    public void The_begin_token_is_put_before_text_once()
    {
        Tokenizer tokenizer = new TokenizerFileBuilder { AddedTokens = """[{"id":300,"content":"<s>"}]""", Config = """{"add_bos_token":true,"bos_token":"<s>"}""" }.Load();
        ScriptedEngine engine = new();
        TextGenerator generator = new(engine, tokenizer);
        _ = generator.Start(new TextRequest { Prompt = "A" });
        _ = generator.Start(new TextRequest { Prompt = "<s>A" });
        _ = generator.Start(new TextRequest { PromptTokens = [65] });
        Assert.Equal([[300, 65], [300, 65], [65]], engine.Requests.Select(request => request.PromptTokens));
    }

    [Fact]
    public void Messages_are_written_plainly_without_special_tokens()
    {
        ScriptedEngine engine = new();
        _ = new TextGenerator(engine, Tinycoder).Start(new TextRequest { Messages = [new("system", "Be brief."), new("user", "Hi <|endoftext|>"), new("assistant", "Yes?"), new("user", "No.")] });
        Assert.Equal(
            Tinycoder.EncodePlain("System: Be brief.\n\nUser: Hi <|endoftext|>\n\nAssistant: Yes?\n\nUser: No.\n\nAssistant:"),
            Assert.Single(engine.Requests).PromptTokens);
    }

    [Fact]
    public async Task A_plain_conversation_ends_where_the_user_would_speak()
    {
        ScriptedEngine engine = ScriptedEngine.Of(Tinycoder.Encode(" Hello.\n\nUser: and"));
        TextResult result = await new TextGenerator(engine, Tinycoder).Start(new TextRequest { Messages = [new("user", "Hi")] }).ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Equal(" Hello.", result.Text);
        Assert.Equal(FinishReason.Stop, result.FinishReason);
    }

    [Fact]
    public void A_format_of_ones_own_replaces_it_also_where_the_model_has_a_template()
    {
        ScriptedEngine engine = new();
        Tokenizer templated = new TokenizerFileBuilder { AddedTokens = """[{"id":300,"content":"<u>"}]""", Config = """{"chat_template":"{{ messages }}"}""" }.Load();
        ChatFormat own = new(turns => string.Concat(turns.Select(turn => "<u>" + turn.Content)));
        _ = new TextGenerator(engine, templated, own).Start(new TextRequest { Messages = [new("user", "A")] });
        Assert.Equal([300, 65], Assert.Single(engine.Requests).PromptTokens);
    }

    public static TheoryData<TextRequest, string> Malformed => new()
    {
        { new TextRequest(), "none came" },
        { new TextRequest { Prompt = "a", PromptTokens = [1] }, "Prompt and PromptTokens came" },
        { new TextRequest { Prompt = "a", PromptTokens = [1], Messages = [] }, "Prompt and PromptTokens and Messages" },
        { new TextRequest { Prompt = "" }, "Prompt is empty" },
        { new TextRequest { Prompt = "", Suffix = "" }, "Prompt is empty" },
        { new TextRequest { PromptTokens = [] }, "PromptTokens is empty" },
        { new TextRequest { Messages = [] }, "Messages is empty" },
        { new TextRequest { Messages = [new("tool", "x")] }, "'tool'" },
        { new TextRequest { Messages = [new("user", null!)] }, "role and a content" },
        { new TextRequest { PromptTokens = [1], Suffix = "x" }, "not with PromptTokens" },
        { new TextRequest { Prompt = "a", Stop = ["x", ""] }, "stop string is empty" },
        { new TextRequest { Prompt = "a", Stop = ["x\uD83D"] }, "position 1" },
    };

    [Theory]
    [MemberData(nameof(Malformed), DisableDiscoveryEnumeration = true)]
    public void A_malformed_request_reaches_no_engine(TextRequest request, string message) =>
        Assert.Contains(message, Refusal(request, Tinycoder), StringComparison.Ordinal);

    public static TheoryData<TextRequest, string> Textual => new()
    {
        { new TextRequest { Prompt = "a" }, "not as Prompt" },
        { new TextRequest { Messages = [new("user", "a")] }, "not as Messages" },
        { new TextRequest { PromptTokens = [1], Stop = ["x"] }, "stop strings need text" },
    };

    [Theory]
    [MemberData(nameof(Textual), DisableDiscoveryEnumeration = true)]
    public void Without_a_tokenizer_text_is_refused(TextRequest request, string message) =>
        Assert.Contains(message, Refusal(request, null), StringComparison.Ordinal);

    private static string Refusal(TextRequest request, Tokenizer? tokenizer)
    {
        ScriptedEngine engine = new();
        string message = Assert.Throws<InvalidRequestException>(() => new TextGenerator(engine, tokenizer).Start(request)).Message;
        Assert.Empty(engine.Requests);
        return message;
    }
}
