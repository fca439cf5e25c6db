using System.Text;
using System.Text.Json;
using FLoRA.Inference.Adapters;
using FLoRA.Inference.Models;
using FLoRA.Inference.Models.Safetensors;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Tests.Adapters;
using FLoRA.Inference.Tests.Models;
using FLoRA.Inference.Tests.Text;
using FLoRA.Inference.Tests.Text.Templates;
using FLoRA.Inference.Text;
using FLoRA.Inference.Text.Templates;
using FLoRA.Inference.Text.Tokenization;
using FLoRA.TestData;

namespace FLoRA.Inference.Tests.Fuzzing;

/// <summary>Every kind of file that is fuzzed.</summary>
internal static class FuzzFormats
{
    private const string Adapted = "llama-gqa-rope3", Speech = "whisper-tiny-random", AdapterConfig = "adapter_config.json", AdapterWeights = "adapter_model.safetensors", TemplateFile = "chat_template.jinja";

    /// <summary>4,096 layers at most, of a few hundred bytes for each module, from a file of a few hundred bytes.</summary>
    private const long ConfigBytes = 16 << 20;

    /// <summary>An expression without backtracking takes about a megabyte; 64 are allowed, damaged files have a few.</summary>
    private const long PatternBytes = 8 << 20;

    /// <summary>Gaps between ids, and Whisper's times, which no file lists; in tokenizer.json patterns beside that.</summary>
    private const long TokenBytes = 4 << 20;

    private static readonly Type[] OfModel = [typeof(ModelLoadException)], OfAdapter = [typeof(AdapterLoadException)], OfText = [typeof(ModelLoadException), typeof(InvalidRequestException)];

    private static readonly string[] Texts = ["", "Hello, world! 12 ", "  the fox\n\t<s>文 e\u0301\u0301 🦙", "<|im_start|>ﬁ½ aaaaaaaaaaaaaaaaaaaaaaaa"];

    private static readonly ChatTurn[] Turns = [new("system", "Be brief."), new("user", "Hi <s> {{ x }}"), new("assistant", "🦙"), new("user", "")];

    private static readonly DecoderBlueprint Blueprint = GoldenAdapters.Blueprint(Adapted);

    private static readonly Tokenizer SpeechTokenizer = Tokenizer.Load(ModelFolder.Golden(Speech));

    private static readonly string[] ConfigWords =
        ["\"llama\"", "\"gpt_bigcode\"", "\"whisper\"", "\"llama3\"", "\"yarn\"", "{\"rope_type\":{}}", "{\"rope_type\":\"llama3\"}", "\"gelu_new\"", "[\"sliding_attention\"]", "4096", "131072", "[[1]]"];

    private static readonly string[] AdapterWords =
        ["\"FLORA\"", "\"LORA\"", "\"IA3\"", "\"HIRA\"", "\"mean\"", "[\"q_proj\"]", "{\"q_proj\":3}", "{\"(?<a>\":1}", "{\"layers.[01].*\":2}", "\".*(a|a)*\"", "\"(?!x)(q|k)_proj\"", "[0,1]", "\"bias\""];

    private static readonly string[] TokenizerWords =
        ["\"Sequence\"", "\"ByteLevel\"", "\"Metaspace\"", "\"Split\"", "\"Digits\"", "\"Replace\"", "\"Prepend\"", "\"NFC\"", "\"NFKC\"", "\"NFD\"", "\"Precompiled\"", "\"Unigram\"", "[[\"a\",-1.5]]", "\"Strip\"", "\"ByteFallback\"", "\"Fuse\"", "\"BPE\"", "\"TemplateProcessing\"", "\"Isolated\"", "\"<unk>\"", "\"<0x41>\"", "\"▁\"",
         "{\"Regex\":\"(\"}", "{\"Regex\":\"(a|b)+\"}", "{\"Regex\":\"[^a-z]{1,3}|\\\\p{N}\"}", "{\"Regex\":\"\\\\p{Lu}++(?!\\\\S)\"}", "{\"String\":\" \"}", "[\"a\",\"b\"]", "\"a b\"", "{\"id\":3,\"content\":\"x\",\"special\":true}"];

    private static readonly string[] TemplateWords =
        ["{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "(", ")", "[", "]", "{", "}", "'", "\"", "\\", "|", ".", ",", ":", "**", "//", "~", "99999999999999999999", "0x", "1e999", " if ", " else ", " for ", " in ", " is ", " not ", "range(9)", "loop", "ns.x", "::-1", "\ud83d", "\0"];

    private static readonly Dictionary<string, string> FileNames = new() { ["vocab"] = "vocab.json", ["merges"] = "merges.txt", ["added-tokens"] = "added_tokens.json", ["special-tokens-map"] = "special_tokens_map.json" };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<FuzzFormat> All { get; } = [.. Models(), .. Adapters(), .. Tokenizers(), .. Templates()];

    /// <summary>One by its name.</summary>
    public static FuzzFormat Of(string name) => All.Single(format => format.Name == name);

    private static IEnumerable<FuzzFormat> Models()
    {
        yield return new("safetensors", AdapterWeights, [.. Start(AdapterWeights, "ia3", "flora-r1")], new EitherMutator(new SafetensorsMutator(), new SafetensorsMutator(), new Mutator("F32", "\"shape\":[0]", "9223372036854775807")), 16_000, LoadSafetensors) { Refusals = [typeof(SafetensorsException)] };
        yield return new("safetensors-index", "model.safetensors.index.json", [FuzzStart.In(Adapted, ModelFolder.Golden(Adapted), "model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")], Json("\"model-00001-of-00002.safetensors\"", "\"../x.safetensors\""), 3_000, folder =>
        {
            Checkpoint.Open(folder).Dispose();
            return Nothing;
        }) { Refusals = OfModel };
        string[] families = [Adapted, "gptbigcode-mqa", "starcoder2", "qwen2", "qwen3", Speech];
        yield return new("config", "config.json", [.. families.Select(model => FuzzStart.In(model, ModelFolder.Golden(model), "config.json", "generation_config.json"))], Json(ConfigWords), 18_000, LoadConfig) { Refusals = OfModel, FixedBytes = ConfigBytes };
        yield return new("generation-config", "generation_config.json", [.. new[] { Adapted, Speech }.Select(model => FuzzStart.In(model, ModelFolder.Golden(model), "generation_config.json", "config.json"))], Json("[50257]", "{\"<|en|>\":3}", "[[0,0]]"), 8_000, LoadGeneration) { Refusals = OfModel, FixedBytes = ConfigBytes };
    }

    private static IEnumerable<FuzzFormat> Adapters()
    {
        yield return new("adapter-config", AdapterConfig, [.. Start(AdapterConfig, "flora-pattern", "lora-pattern", "ia3", "hira-r2")], Json(AdapterWords), 12_000, LoadAdapter) { Refusals = OfAdapter, FixedBytes = PatternBytes };
        yield return new("adapter-tensors", AdapterWeights, [.. Start(AdapterWeights, "flora-r1", "lora-r4", "ia3")], new EitherMutator(new SafetensorsMutator(), new Mutator("F32", "lora_A", "q_proj")), 4_000, LoadAdapter) { Refusals = OfAdapter };
    }

    private static IEnumerable<FuzzFormat> Tokenizers()
    {
        string[] layouts = ["llama2-layout", "mistral-layout", "metaspace-unknown", "qwen2-layout", "deepseek3-layout", "gemma-layout", "unigram-layout", "unigram-bytes-layout", "unigram-words-layout", "unigram-nfkd-layout"], pieces = ["sp-bpe-bytes", "sp-bpe-unused", "sp-unigram-bytes", "sp-bpe-rules"];
        yield return new("tokenizer-json", "tokenizer.json", [.. layouts.Select(layout => FuzzStart.In(layout, Path.Combine(TextData.Layouts, layout), "tokenizer.json"))], Json(TokenizerWords), 12_000, LoadTokenizer) { Refusals = OfText, FixedBytes = PatternBytes };
        yield return new("tokenizer-model", "tokenizer.model", [.. pieces.Select(layout => FuzzStart.In(layout, Path.Combine(TextData.Layouts, layout), "tokenizer.model"))], new Mutator("▁", "<0x00>", "<unk>"), 6_000, LoadTokenizer) { Refusals = OfText, FixedBytes = TokenBytes };
        string[] beside = ["vocab.json", "merges.txt", "config.json", "generation_config.json", "tokenizer_config.json"];
        yield return Named("vocab", FuzzStart.In(Speech, ModelFolder.Golden(Speech), beside[0], beside[1..]), Json("\"\u0120\"", "50256"));
        yield return Named("merges", Merges(), new Mutator("\n", " ", "Ġ", "#version", "\r\n"));
        yield return Named("added-tokens", FuzzStart.In(Speech, ModelFolder.Golden(Speech), beside[0], beside) with { Good = """{"<|a|>":1990,"<|b|>":1991}"""u8.ToArray() }, Json("1992", "\"<|endoftext|>\""));
        yield return Named("special-tokens-map", FuzzStart.In(Speech, ModelFolder.Golden(Speech), beside[0], beside) with { Good = """{"bos_token":{"content":"<|endoftext|>","lstrip":false},"eos_token":"<|endoftext|>","additional_special_tokens":["<|a|>"]}"""u8.ToArray() }, Json("{\"content\":\"\"}"));
        byte[] config = """{"bos_token":{"content":"<s>"},"eos_token":"</s>","add_bos_token":true,"legacy":false,"added_tokens_decoder":{"1":{"content":"<s>","special":true},"2":{"content":"</s>"}},"chat_template":[{"name":"default","template":"{{ bos_token }}{{ messages }}"}]}"""u8.ToArray();
        yield return new("tokenizer-config", "tokenizer_config.json", [FuzzStart.In("llama2-layout", Path.Combine(TextData.Layouts, "llama2-layout"), "tokenizer.json", "tokenizer.json") with { Good = config }], Json(TokenizerWords), 4_000, LoadTokenizer) { Refusals = OfText, FixedBytes = TokenBytes };

        static FuzzFormat Named(string name, FuzzStart start, IMutator mutator) => new(name, FileNames[name], [start], mutator, 1_500, LoadTokenizer) { Refusals = OfText, FixedBytes = TokenBytes };
    }

    /// <summary>GPT-2's two files with four tokens beside the bytes.</summary>
    private static FuzzStart Merges()
    {
        string[] merged = ["th", "the", "Ġa", "Ġthe"];
        Dictionary<string, int> vocabulary = [];
        foreach (string token in Enumerable.Range(0, 256).Select(value => ByteAlphabet.NameOf((byte)value).ToString()).Concat(merged))
            vocabulary.Add(token, vocabulary.Count);
        return new FuzzStart("gpt2", Encoding.UTF8.GetBytes("#version: 0.2\nt h\nth e\nĠ a\nĠ the\n"), new Dictionary<string, byte[]>
        {
            [FileNames["vocab"]] = JsonSerializer.SerializeToUtf8Bytes(vocabulary),
            ["tokenizer_config.json"] = """{"tokenizer_class":"GPT2Tokenizer"}"""u8.ToArray(),
        });
    }

    private static IEnumerable<FuzzFormat> Templates()
    {
        FuzzStart[] published = [.. Directory.EnumerateDirectories(Path.Combine(RepositoryData.Golden, "chat")).Order(StringComparer.Ordinal).Select(folder => new FuzzStart(Path.GetFileName(folder), Encoding.UTF8.GetBytes(ChatTemplateOf(folder))))];
        FuzzStart[] cases = [.. TemplateTests.Sources.Select((source, i) => new FuzzStart($"case{i}", Encoding.UTF8.GetBytes(source)))];
        yield return new("chat-template-config", "tokenizer_config.json", [.. published.Select(start => FuzzStart.In(start.Name, Path.Combine(RepositoryData.Golden, "chat", start.Name), "tokenizer_config.json"))], Json("{\"name\":\"default\",\"template\":\"x\"}"), 4_000, LoadChat) { Refusals = OfText };
        yield return new("template", TemplateFile, [.. published, .. cases], new EitherMutator(new TemplateMutator(), new TemplateMutator(), new Mutator(TemplateWords)), 16_000, LoadTemplate) { Refusals = [typeof(TemplateException), typeof(TemplateRefusalException)] };
    }

    private static EitherMutator Json(params string[] words) => new(new JsonMutator(words), new JsonMutator(words), new Mutator(words));

    private static IEnumerable<FuzzStart> Start(string file, params string[] adapters) => adapters.Select(adapter => FuzzStart.In(adapter, GoldenAdapters.Good(Adapted, adapter), file, file == AdapterConfig ? AdapterWeights : AdapterConfig));

    private static string ChatTemplateOf(string folder)
    {
        JsonElement template = TextData.Json(Path.Combine(folder, "tokenizer_config.json")).GetProperty("chat_template");
        return (template.ValueKind == JsonValueKind.Array ? template.EnumerateArray().Last().GetProperty("template") : template).GetString()!;
    }

    private static void Nothing()
    {
    }

    private static Action LoadSafetensors(string folder)
    {
        using var file = SafetensorsFile.Open(Path.Combine(folder, AdapterWeights));
        foreach (TensorEntry entry in file.Tensors.Values.Where(entry => entry.DType.IsSupportedFloat()))
            Assert.Equal(entry.ElementCount, file.ReadFloats(entry).Length);
        return Nothing;
    }

    private static Action LoadConfig(string folder)
    {
        DecoderBlueprint blueprint = ModelConfigReader.Read(folder);
        return () => Assert.NotEmpty(blueprint.Layers);
    }

    private static Action LoadGeneration(string folder)
    {
        Action use = LoadConfig(folder);
        if (ModelConfigReader.Read(folder).Encoder is not null)
            SpeechVocabularyReader.Read(folder, SpeechTokenizer);
        return use;
    }

    private static Action LoadAdapter(string folder)
    {
        Adapter adapter = AdapterLoader.Load(folder, Blueprint);
        return () => Assert.NotEmpty(adapter.Modules);
    }

    private static Action LoadTokenizer(string folder)
    {
        Tokenizer tokenizer = Tokenizer.Load(folder);
        return () =>
        {
            foreach (string text in Texts)
            {
                IReadOnlyList<int> ids = tokenizer.Encode(text);
                TokenDecoder stream = new(tokenizer);
                Assert.Equal(tokenizer.Decode(ids), string.Concat(ids.Select(stream.Next)) + stream.Flush());
            }
        };
    }

    private static Action LoadChat(string folder)
    {
        ChatTemplate template = ChatTemplate.Load(folder);
        return () => template.Render(Turns);
    }

    private static Action LoadTemplate(string folder)
    {
        Template template = Template.Parse(File.ReadAllText(Path.Combine(folder, TemplateFile)));
        return () => TemplateTests.Render(template, new RenderBudget(work: 20_000, output: 20_000));
    }
}
