using System.Text.Json;
using FLoRA.Inference.Text;
using FLoRA.Inference.Tests.TestSupport;
using FLoRA.Inference.Text.Tokenization;

namespace FLoRA.Inference.Tests.Text;

/// <summary>Unigram models in tokenizer.json. Equality with the reference: <see cref="TokenizerParityTests"/>.</summary>
public sealed class ListedUnigramTests
{
    [Fact]
    public void The_cut_is_the_best_of_all_cuts()
    {
        Random random = new(11);
        for (int round = 0; round < 200; round++)
        {
            Dictionary<string, double> pieces = [];
            for (int piece = 0; piece < 12; piece++)
                pieces.TryAdd(Letters(random, 1 + random.Next(3)), -1 - (random.NextDouble() * 9));
            string text = Letters(random, 1 + random.Next(9));
            double worst = Math.Min(0, pieces.Values.Min()) - 10;
            List<int> ids = [];
            ITokenModel model = Model([("?", 0), .. pieces.Select(piece => (piece.Key, piece.Value))]);
            model.Encode(text, ids);
            string[] names = ["?", .. pieces.Keys];
            // What is unknown is one token for all that follow one another: told apart by the letters that are left.
            Assert.Equal(Best(text, pieces, worst).Score, ScoreOf(ids, text, names, pieces, worst), 9);
        }
    }

    [Theory]
    [InlineData("""{"type":"Unigram","vocab":{"a":0}}""", "'vocab' is Object, expected Array")]
    [InlineData("""{"type":"Unigram","vocab":[]}""", "the vocabulary is empty")]
    [InlineData("""{"type":"Unigram","vocab":[["a"]]}""", "piece 0 of the vocabulary is")]
    [InlineData("""{"type":"Unigram","vocab":[["a","b"]]}""", "expected a text and its score")]
    [InlineData("""{"type":"Unigram","vocab":[["",0]]}""", "piece 0 of the vocabulary has 0 characters")]
    [InlineData("""{"type":"Unigram","vocab":[["a",0],["a",1]]}""", "the piece 'a' twice, as 0 and 1")]
    [InlineData("""{"type":"Unigram","unk_id":3,"vocab":[["a",0]]}""", "unk_id is 3, and there are 1 pieces")]
    public void What_is_wrong_is_named(string model, string message) =>
        Assert.Contains(message, Assert.Throws<ModelLoadException>(() => Load(model)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"type":"Precompiled","precompiled_charsmap":"?"}""", "no Base64")]
    [InlineData("""{"type":"Precompiled","precompiled_charsmap":"AQI="}""", "precompiled_charsmap has 2 bytes")]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"NFKC"},{"type":"NFKD"}]}""", "make up to 324 characters of one")]
    public void Rules_that_cannot_be_are_refused(string normalizer, string message) =>
        Assert.Contains(message, Assert.Throws<ModelLoadException>(() => Load("""{"type":"Unigram","vocab":[["a",0]]}""", normalizer)).Message, StringComparison.Ordinal);

    [Fact]
    public void Without_a_token_for_it_what_is_unknown_is_the_requests_error()
    {
        Tokenizer tokenizer = Load("""{"type":"Unigram","vocab":[["a",-1],["ab",-1]]}""");
        Assert.Equal([1, 0], tokenizer.Encode("aba"));
        Assert.Contains("no piece for 'xy'", Assert.Throws<InvalidRequestException>(() => tokenizer.Encode("axya")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Words_that_WhitespaceSplit_parts_need_a_Metaspace_that_always_prepends() => Assert.Contains(
        "a Metaspace that always prepends",
        Assert.Throws<ModelLoadException>(() => Load(
            """{"type":"Unigram","vocab":[["a",0]]}""", "null", """{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Metaspace","replacement":"_","prepend_scheme":"first"}]}""")).Message,
        StringComparison.Ordinal);

    private static Tokenizer Load(string model, string normalizer = "null", string preTokenizer = "null")
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("tokenizer.json"), $$"""{"version":"1.0","added_tokens":[],"normalizer":{{normalizer}},"pre_tokenizer":{{preTokenizer}},"post_processor":null,"decoder":{"type":"Fuse"},"model":{{model}}}""");
        return Tokenizer.Load(folder.Path);
    }

    private static ITokenModel Model((string Text, double Score)[] pieces)
    {
        using JsonDocument json = JsonDocument.Parse(JsonSerializer.Serialize(new { unk_id = 0, vocab = pieces.Select(piece => new object[] { piece.Text, piece.Score }) }));
        return ListedUnigram.Read(json.RootElement).Model;
    }

    // Every cut, without memory: the obvious way.
    private static (double Score, int Count) Best(string text, Dictionary<string, double> pieces, double unknown)
    {
        if (text.Length == 0)
            return (0, 0);
        (double Score, int Count) best = (double.NegativeInfinity, 0);
        for (int length = 1; length <= text.Length; length++)
        {
            double? score = pieces.TryGetValue(text[..length], out double known) ? known : length == 1 ? unknown : null;
            if (score is { } own && Best(text[length..], pieces, unknown) is var rest && own + rest.Score > best.Score)
                best = (own + rest.Score, rest.Count + 1);
        }

        return best;
    }

    private static double ScoreOf(List<int> ids, string text, string[] names, Dictionary<string, double> pieces, double unknown)
    {
        int known = ids.Where(id => id != 0).Sum(id => names[id].Length);
        return ids.Where(id => id != 0).Sum(id => pieces[names[id]]) + ((text.Length - known) * unknown);
    }

    private static string Letters(Random random, int count) => string.Concat(Enumerable.Range(0, count).Select(_ => "abcd"[random.Next(4)]));
}
