using System.Text.Json;
using FLoRA.Inference.Text;
using FsCheck;
using FsCheck.Xunit;

namespace FLoRA.Inference.Tests.Text;

public sealed class TokenDecoderTests
{
    private static readonly Tokenizer Tinycoder = TextData.LoadTinycoder();

    [Theory]
    [InlineData("starcoder")]
    [InlineData("llama")]
    public void Pieces_are_those_of_the_reference(string name)
    {
        Tokenizer tokenizer = Tokenizer.Load(TextData.Published(name));
        JsonElement[] cases = [.. TextData.Json(TextData.StreamCases).GetProperty("tokenizers").GetProperty(name).EnumerateArray()];
        Assert.NotEmpty(cases);
        Assert.All(cases, @case =>
        {
            TokenDecoder decoder = new(tokenizer);
            Assert.Equal(@case.GetProperty("pieces").Strings(), @case.GetProperty("ids").Ints().Select(decoder.Next));
            Assert.Equal(@case.GetProperty("flush").GetString(), decoder.Flush());
        });
    }

    [Property(Replay = "1,3", MaxTest = 500)]
    public void Random_ids_join_to_the_whole(byte[] seeds)
    {
        // Mostly single bytes (ids 5 to 260), so that code points are cut and invalid in every way.
        int[] ids = [.. seeds.Select((seed, i) => i % 7 == 6 ? seed * 6 : 5 + seed)];
        Check(ids);
    }

    [Property(Replay = "1,3", MaxTest = 500)]
    public void Random_text_joins_to_the_whole(NonNull<string> text)
    {
        int[] ids = [.. Tinycoder.Encode(text.Get)];
        Assert.Equal(string.Concat(text.Get.EnumerateRunes()), Check(ids));
    }

    [Theory]
    [InlineData("F0 9F A6 99", "", "", "", "\U0001F999")]
    [InlineData("E2 82 41", "", "", "\uFFFDA")]
    [InlineData("E0 80 80", "", "\uFFFD\uFFFD", "\uFFFD")]
    [InlineData("ED A0 80", "", "\uFFFD\uFFFD", "\uFFFD")]
    [InlineData("FF 80 C3 A9", "\uFFFD", "\uFFFD", "", "é")]
    [InlineData("F4 90 80", "", "\uFFFD\uFFFD", "\uFFFD")]
    public void Nothing_complete_is_held_back(string bytes, params string[] pieces)
    {
        TokenDecoder decoder = new(Tinycoder);
        Assert.Equal(pieces, Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)).Select(value => decoder.Next(IdOfByte(value))));
        Assert.Equal("", decoder.Flush());
    }

    [Theory]
    [InlineData("F0 9F A6")]
    [InlineData("C3")]
    [InlineData("E2 82")]
    public void A_cut_code_point_ends_as_one_replacement(string bytes)
    {
        TokenDecoder decoder = new(Tinycoder);
        foreach (byte value in Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)))
            Assert.Equal("", decoder.Next(IdOfByte(value)));
        Assert.Equal("\uFFFD", decoder.Flush());
        Assert.Equal("", decoder.Flush());
    }

    /// <summary>SentencePiece and byte fallback write a replacement for each byte.</summary>
    [Theory]
    [InlineData("sp-bpe-bytes", "F0 9F A6", "\uFFFD\uFFFD\uFFFD")]
    [InlineData("sp-bpe-bytes", "E2 82 41 C3 A9", "\uFFFD\uFFFDAé")]
    [InlineData("llama2-layout", "E2 82 41 C3 A9", "\uFFFD\uFFFDAé")]
    public void Fallback_bytes_are_replaced_one_by_one(string layout, string bytes, string text)
    {
        Tokenizer tokenizer = Tokenizer.Load(Path.Combine(TextData.Layouts, layout));
        int[] ids = [.. Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)).Select(value => tokenizer.IdOfPiece($"<0x{value:X2}>")!.Value)];
        TokenDecoder decoder = new(tokenizer);
        Assert.Equal(text, string.Concat(ids.Select(decoder.Next)) + decoder.Flush());
        Assert.Equal(text, tokenizer.Decode(ids));
    }

    [Fact]
    public void What_goes_on_from_a_text_keeps_its_space()
    {
        Tokenizer tokenizer = Tokenizer.Load(Path.Combine(TextData.Layouts, "sp-bpe-bytes"));
        IReadOnlyList<int> ids = tokenizer.Encode("the fox");
        TokenDecoder goesOn = new(tokenizer, startsText: false), begins = new(tokenizer);
        Assert.Equal(" the fox", string.Concat(ids.Select(goesOn.Next)));
        Assert.Equal("the fox", string.Concat(ids.Select(begins.Next)));
    }

    [Fact]
    public void An_id_outside_the_vocabulary_is_named()
    {
        ArgumentOutOfRangeException e = Assert.Throws<ArgumentOutOfRangeException>(() => Tinycoder.Decode([1536]));
        Assert.Contains("0 to 1535", e.Message, StringComparison.Ordinal);
        Assert.Contains("1536", e.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Tinycoder.Decode([3, -1]));
    }

    private static string Check(int[] ids)
    {
        TokenDecoder decoder = new(Tinycoder);
        string[] pieces = [.. ids.Select(decoder.Next), decoder.Flush()];
        string whole = Tinycoder.Decode(ids);
        Assert.Equal(whole, string.Concat(pieces));
        Assert.All(pieces, piece => Assert.Equal(piece, string.Concat(piece.EnumerateRunes())));
        return whole;
    }

    private static int IdOfByte(byte value) => Enumerable.Range(0, Tinycoder.VocabularySize).Single(id => Tinycoder.BytesOf(id).SequenceEqual([value]));
}
