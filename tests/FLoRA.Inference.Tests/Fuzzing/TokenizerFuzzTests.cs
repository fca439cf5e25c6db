using FLoRA.Inference.Tests.TestSupport;
using FLoRA.Inference.Tests.Text;
using FLoRA.Inference.Text;

namespace FLoRA.Inference.Tests.Fuzzing;

/// <summary>Damaged tokenizer files: an error of ours at loading or at encoding, or a tokenizer that works.</summary>
public sealed class TokenizerFuzzTests
{
    private static readonly string[] Texts = ["", "Hello, world! 12 ", "  the fox\n\t<s>文 e\u0301\u0301 🦙", "<|im_start|>ﬁ½ aaaaaaaaaaaaaaaaaaaaaaaa"];

    private static readonly string[] JsonWords =
        ["null", "true", "-1", "1e9", "16777215", "{}", "[]", "\"\"", "\"type\":\"Sequence\"", "\"ByteLevel\"", "\"Metaspace\"", "\"Regex\":", "(", ")+", "[^", "\\\\p{L}", "{1,9}", "\\ud800", ",", "\"<unk>\""];

    [Theory]
    [InlineData("llama2-layout", 101)]
    [InlineData("mistral-layout", 102)]
    [InlineData("metaspace-unknown", 103)]
    [InlineData("qwen2-layout", 104)]
    [InlineData("deepseek3-layout", 105)]
    public void Damaged_tokenizer_json(string layout, int seed) => Check(layout, "tokenizer.json", new Mutator(seed, JsonWords), 6000);

    [Theory]
    [InlineData("sp-bpe-bytes", 201)]
    [InlineData("sp-bpe-unused", 202)]
    [InlineData("sp-unigram-bytes", 203)]
    [InlineData("sp-bpe-rules", 204)]
    public void Damaged_tokenizer_model(string layout, int seed) => Check(layout, "tokenizer.model", new Mutator(seed, "▁", "<0x00>", "<unk>"), 3000);

    private static void Check(string layout, string name, Mutator mutator, int count)
    {
        byte[] good = File.ReadAllBytes(Path.Combine(TextData.Layouts, layout, name));
        using TemporaryFolder folder = new();
        int refused = 0, loaded = 0;
        for (int i = 0; i < count; i++)
        {
            folder.Write(name, mutator.Damage(good));
            try
            {
                Tokenizer tokenizer = Tokenizer.Load(folder.Path);
                loaded++;
                Use(tokenizer);
            }
            catch (ModelLoadException)
            {
                refused++;
            }
        }

        Assert.True(refused > 0 && loaded > 0, $"{refused} refused, {loaded} loaded: the damage is of no use");
    }

    private static void Use(Tokenizer tokenizer)
    {
        foreach (string text in Texts)
        {
            try
            {
                IReadOnlyList<int> ids = tokenizer.Encode(text);
                TokenDecoder stream = new(tokenizer);
                Assert.Equal(tokenizer.Decode(ids), string.Concat(ids.Select(stream.Next)) + stream.Flush());
            }
            catch (InvalidRequestException e)
            {
                Assert.NotEmpty(e.Message);
            }
        }
    }
}
