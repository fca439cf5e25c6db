using System.Text;
using FLoRA.Inference.Tests.TestSupport;
using FLoRA.Inference.Text;

namespace FLoRA.Inference.Tests.Text;

/// <summary>tokenizer.model, and what other files beside it change. Equality with the reference: <see cref="TokenizerParityTests"/>.</summary>
public sealed class SentencePieceTests
{
    private const int Bpe = 2, Unigram = 1, Normal = 1, Unknown = 2, Control = 3, User = 4, Byte = 6;

    private static readonly (string, float, int)[] Small = [("<unk>", 0, Unknown), ("<s>", 0, Control), ("</s>", 0, Control), ("▁a", -1, Normal), ("▁", -2, Normal), ("a", -3, Normal), ("b", -4, Normal)];

    [Fact]
    public void Alone_it_takes_special_names_for_text_and_begins_prompts_as_llama_does()
    {
        Tokenizer tokenizer = Load(Model(Bpe, Small));
        Assert.Equal([3, 0, 6], tokenizer.Encode("a<s>b"));
        Assert.Null(tokenizer.IdOf("<s>"));
        Assert.Equal([1], tokenizer.PromptStart);
        Assert.Equal("a ⁇ b", tokenizer.Decode([1, 3, 0, 6, 2]));
    }

    [Theory]
    [InlineData("tokenizer_config.json", """{"bos_token":"<s>","eos_token":"</s>","added_tokens_decoder":{"7":{"content":"<|im_end|>"}}}""", new[] { 3, 1, 3, 6, 7 }, new[] { 1 })]
    [InlineData("tokenizer_config.json", """{"bos_token":"<s>","add_bos_token":false,"legacy":false,"added_tokens_decoder":{"7":{"content":"<|im_end|>"}}}""", new[] { 3, 1, 5, 6, 7 }, new int[0])]
    [InlineData("tokenizer_config.json", """{"bos_token":"<s>","add_prefix_space":false,"added_tokens_decoder":{"7":{"content":"<|im_end|>"}}}""", new[] { 5, 1, 5, 6, 7 }, new[] { 1 })]
    [InlineData("added_tokens.json", """{"<|im_end|>":7}""", new[] { 3, 1, 3, 6, 7 }, new[] { 1 })]
    [InlineData("chat_template.jinja", "{{ bos_token }}", new[] { 3, 1, 3, 6 }, new[] { 1 })]
    public void Files_beside_it_name_tokens_that_are_found_in_the_text(string file, string content, int[] ids, int[] start)
    {
        using TemporaryFolder folder = new();
        folder.Write("tokenizer.model", Model(Bpe, Small));
        File.WriteAllText(folder.File(file), content);
        Tokenizer tokenizer = Tokenizer.Load(folder.Path);
        string text = ids.Contains(7) ? "a<s>ab<|im_end|>" : "a<s>ab";
        Assert.Equal(ids, tokenizer.Encode(text));
        Assert.Equal(start, tokenizer.PromptStart);
        Assert.Equal(("<s>", "</s>"), (tokenizer.BosToken, tokenizer.EosToken));
        Assert.Equal("<s>", tokenizer.Decode([1]));
    }

    [Theory]
    [InlineData("sp-bpe-bytes", "a")]
    [InlineData("sp-bpe-bytes", " ")]
    [InlineData("sp-bpe-bytes", "\u0301")]
    [InlineData("sp-bpe-user", "\n")]
    [InlineData("sp-unigram-bytes", "a")]
    [InlineData("sp-unigram-bytes", " ")]
    [InlineData("sp-unigram-bytes", "\u0301")]
    [InlineData("llama2-layout", "a")]
    [InlineData("llama2-layout", " ")]
    [InlineData("mistral-layout", "\u0301")]
    [InlineData("gemma-layout", " ")]
    [InlineData("unigram-bytes-layout", "a")]
    [InlineData("unigram-bytes-layout", "\u0301")]
    public void A_megabyte_of_one_character_is_encoded(string layout, string unit)
    {
        Tokenizer tokenizer = Tokenizer.Load(Path.Combine(TextData.Layouts, layout));
        string text = new(unit[0], 1 << 20);
        IReadOnlyList<int> ids = tokenizer.Encode(text);
        Assert.InRange(ids.Count, 1, (2 * text.Length) + 1);
        if (layout != "sp-bpe-user")
            Assert.Equal(text, tokenizer.Decode(ids));
    }

    [Fact]
    public void What_is_wrong_is_named()
    {
        Check([], "it has no pieces");
        Check([1], "field 0 at byte 1");
        Check([0x08, .. Enumerable.Repeat((byte)0xFF, 10)], "does not end");
        Check([0x08, 0xFF], "1 bytes are expected at byte 2, 0 are left");
        Check([0x0A, 0x7F, 1], "127 bytes are expected");
        Check([0x0B], "wire type 3");
        Check(Model(Bpe, [("a", 0, Normal)]), "no piece stands for what is unknown");
        Check(Model(Bpe, [.. Small, ("a", 0, Normal)]), "'a' is there twice");
        Check(Model(Bpe, [.. Small, ("?", 0, Unknown)]), "both stand for what is unknown");
        Check(Model(Bpe, [.. Small, ("", 0, Normal)]), "piece 7 is empty");
        Check(Model(Bpe, [.. Small, ("c", float.NaN, Normal)]), "has the score NaN");
        Check(Model(Bpe, [.. Small, ("c", 0, 9)]), "of the type 9");
        Check(Model(Bpe, [.. Small, ("c", 0, Byte)]), "a byte and has the name 'c'");
        Check(Model(Bpe, [.. Small, (new string('x', 600), 0, Normal)]), "600 characters");
        Check(Model(Bpe, Small, byteFallback: true), "falls back to bytes");
        Check(Model(3, Small), "model_type is 3");
        Check(Model(Unigram, Small, map: [1, 2, 3]), "precompiled_charsmap has 3 bytes");
        Check(Model(Unigram, Small, map: [0xFF, 0, 0, 0, 1]), "a trie of 255");
    }

    [Fact]
    public void A_character_map_that_points_outside_is_the_requests_error()
    {
        // One unit for the root, whose child for 'a' (0x61 ^ 1 ...) leads to a leaf with the value 1000.
        uint[] units = new uint[256];
        units[0] = 1 << 10;
        units[1 ^ 'a'] = ('a') | (1 << 8) | (2 << 10);
        units[1 ^ 'a' ^ 2] = 1000 | (1u << 31);
        byte[] map = [.. BitConverter.GetBytes(units.Length * 4), .. units.SelectMany(BitConverter.GetBytes), 0];
        Tokenizer tokenizer = Load(Model(Unigram, Small, map: map));
        Assert.Equal([4, 6], tokenizer.Encode("b"));
        Assert.Contains("points to byte 1000", Assert.Throws<InvalidRequestException>(() => tokenizer.Encode("a")).Message, StringComparison.Ordinal);
    }

    private static void Check(byte[] model, string problem)
    {
        string message = Assert.Throws<ModelLoadException>(() => Load(model)).Message;
        Assert.Contains("tokenizer.model", message, StringComparison.Ordinal);
        Assert.Contains(problem, message, StringComparison.Ordinal);
    }

    private static Tokenizer Load(byte[] model)
    {
        using TemporaryFolder folder = new();
        folder.Write("tokenizer.model", model);
        return Tokenizer.Load(folder.Path);
    }

    private static byte[] Model(int type, (string Text, float Score, int Type)[] pieces, bool byteFallback = false, byte[]? map = null)
    {
        byte[] all = [.. pieces.SelectMany(piece => Field(1, [.. Field(1, Encoding.UTF8.GetBytes(piece.Text)), 0x15, .. BitConverter.GetBytes(piece.Score), 0x18, (byte)piece.Type]))];
        byte[] trainer = [0x18, (byte)type, .. byteFallback ? (byte[])[0x98, 0x02, 1] : []];
        byte[] normalizer = [.. map is null ? [] : Field(2, map), 0x20, 0];
        return [.. all, .. Field(2, trainer), .. Field(3, normalizer)];
    }

    private static byte[] Field(int number, byte[] content)
    {
        List<byte> field = [(byte)((number << 3) | 2)];
        int length = content.Length;
        for (; length >= 0x80; length >>= 7)
            field.Add((byte)(length | 0x80));
        return [.. field, (byte)length, .. content];
    }
}
