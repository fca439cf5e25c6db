using FLoRA.Inference.Text;

namespace FLoRA.Inference.Tests.Text;

/// <summary>Gaps in the forms that models were taught.</summary>
public sealed class InfillTests
{
    private const int First = 300, Second = 301, Third = 302, End = 303;

    [Theory]
    [InlineData("starcoder", new[] { "<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<|endoftext|>" })]
    [InlineData("santacoder", new[] { "<fim-prefix>", "<fim-suffix>", "<fim-middle>", "<|endoftext|>" })]
    [InlineData("qwen", new[] { "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|file_sep|>" })]
    [InlineData("deepseek", new[] { "<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>", "<｜end▁of▁sentence｜>" })]
    [InlineData("codellama", new[] { "▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>" })]
    public void A_form_is_found_by_its_tokens(string name, string[] tokens)
    {
        Tokenizer tokenizer = Tokenizer(tokens);
        int[] expected = [First, 'a', Second, 'b', Third];
        Request found = Sent(tokenizer, new TextRequest { Prompt = "a", Suffix = "b" });
        Assert.Equal(expected, found.PromptTokens);
        Assert.Equal([First, Second, Third, End], found.StopTokens.Order());
        Assert.Equal(expected, Sent(tokenizer, new TextRequest { Prompt = "a", Suffix = "b", InfillForm = InfillForm.Parse(name) }).PromptTokens);
        Assert.Empty(Sent(tokenizer, new TextRequest { Prompt = "a", Suffix = "b", IgnoreEos = true }).StopTokens);
        Assert.True(new TextGenerator(new ScriptedEngine(), tokenizer).CanFillInTheMiddle);
    }

    [Fact]
    public void Codestral_reads_the_suffix_first()
    {
        Tokenizer tokenizer = Tokenizer("[SUFFIX]", "[PREFIX]", "[MIDDLE]", "</s>");
        Assert.Equal([First, 'b', Second, 'a'], Sent(tokenizer, new TextRequest { Prompt = "a", Suffix = "b" }).PromptTokens);
        Assert.Equal([First, Second, 'a'], Sent(tokenizer, new TextRequest { Prompt = "a", Suffix = "" }).PromptTokens);
    }

    [Fact]
    public void A_form_of_ones_own_goes_before_what_is_found()
    {
        Tokenizer tokenizer = Tokenizer("<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<gap>");
        InfillForm own = InfillForm.Parse("<gap><fim_suffix>{suffix}<gap>{prefix}");
        ScriptedEngine engine = new();
        TextGenerator generator = new(engine, tokenizer, infill: own);
        _ = generator.Start(new TextRequest { Prompt = "a", Suffix = "b" });
        _ = generator.Start(new TextRequest { Prompt = "a", Suffix = "b", InfillForm = InfillForm.Parse("starcoder") });
        Assert.Equal([End, Second, 'b', End, 'a'], engine.Requests[0].PromptTokens);
        Assert.Equal([First, 'a', Second, 'b', Third], engine.Requests[1].PromptTokens);
    }

    [Theory]
    [InlineData("qwen", "no <|fim_prefix|>, no <|fim_suffix|>, no <|fim_middle|>; <|fim_prefix|> and <|fim_suffix|> and <|fim_middle|> are needed for the form qwen")]
    [InlineData("<fim_prefx>{prefix}<fim_suffix>{suffix}", "no <fim_prefx>; ")]
    public void Tokens_that_are_not_there_are_named(string form, string message)
    {
        Tokenizer tokenizer = Tokenizer("<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<|endoftext|>");
        TextGenerator generator = new(new ScriptedEngine(), tokenizer, infill: InfillForm.Parse(form));
        Assert.False(generator.CanFillInTheMiddle);
        Assert.Contains(message, Assert.Throws<InvalidRequestException>(() => generator.Start(new TextRequest { Prompt = "a", Suffix = "b" })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gpt")]
    [InlineData("")]
    [InlineData("{prefix}")]
    [InlineData("{prefix}{suffix}{suffix}")]
    public void What_is_no_form_is_refused(string form) =>
        Assert.StartsWith("expected starcoder, qwen, deepseek, codellama, codestral, santacoder, or a text with", Assert.Throws<FormatException>(() => InfillForm.Parse(form)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_form_goes_with_a_suffix_only() =>
        Assert.Contains("goes with Suffix", Assert.Throws<InvalidRequestException>(() => Sent(Tokenizer("<a>"), new TextRequest { Prompt = "a", InfillForm = InfillForm.Known[0] })).Message, StringComparison.Ordinal);

    /// <summary>The ids are sentencepiece's for the text behind one more character.</summary>
    [Theory]
    [InlineData("return x\n", new[] { 2457, 921, 13 })]
    [InlineData(" return x", new[] { 736, 921 })]
    [InlineData("\n    return total", new[] { 13, 1678, 736, 3001 })]
    [InlineData("  two", new[] { 29871, 1023 })]
    public void The_text_behind_the_gap_does_not_begin_one(string text, int[] ids)
    {
        Assert.Equal(ids, Inference.Text.Tokenizer.Load(TextData.Published("llama")).EncodeContinuation(text));
        foreach (string layout in new[] { "llama2-layout", "mistral-layout", "qwen2-layout" })
        {
            Tokenizer tokenizer = Inference.Text.Tokenizer.Load(Path.Combine(TextData.Layouts, layout));
            TokenDecoder decoder = new(tokenizer, startsText: false);
            Assert.Equal(text, string.Concat(tokenizer.EncodeContinuation(text).Select(decoder.Next)));
        }
    }

    private static Request Sent(Tokenizer tokenizer, TextRequest request)
    {
        ScriptedEngine engine = new();
        _ = new TextGenerator(engine, tokenizer).Start(request);
        return Assert.Single(engine.Requests);
    }

    // Ids from 300 on.
    private static Tokenizer Tokenizer(params string[] tokens) => new TokenizerFileBuilder
    {
        AddedTokens = System.Text.Json.JsonSerializer.Serialize(tokens.Select((content, i) => new { id = First + i, content, special = true })),
    }.Load();
}
