using System.Text.Json.Nodes;
using FLoRA.Inference;
using FLoRA.Parity.Tests.Random;

namespace FLoRA.Parity.Tests;

/// <summary>Where the single-token attention kernel may slip: heads of odd widths, shared heads, windows, over a thousand tokens, many sequences.</summary>
public class LongContextTests
{
    public static TheoryData<string, int, int, int, string?> Shapes => new()
    {
        // family, query heads, key/value heads, head dim, window
        { "llama", 4, 2, 18, null },
        { "starcoder2", 6, 3, 34, "700" },
        { "qwen3", 3, 1, 66, "1090" },
        { "gpt_bigcode", 3, 1, 20, null },
    };

    [Theory, MemberData(nameof(Shapes))]
    public async Task Over_a_thousand_tokens_beside_short_ones(string family, int heads, int kvHeads, int headDim, string? window)
    {
        using var random = new RandomCase(family, 5, c => Shape(c, heads, kvHeads, headDim, window), ["flora-mean", "lora"]);
        int vocabulary = random.Model.Vocabulary;
        RandomText[] texts =
        [
            new("flora-mean", random.Dice.Tokens(1085, vocabulary), 9),
            new("lora", random.Dice.Tokens(1203, vocabulary), 5),
            new(null, random.Dice.Tokens(40, vocabulary), 20),
            new("flora-mean", random.Dice.Tokens(3, vocabulary), 20),
        ];
        using Engine engine = random.Load(o => o with { KvTokens = 3072 });
        await Task.WhenAll(texts.Select(t => EngineCheck.ContinueAsync(random, engine, t, "long and short")));
    }

    [Theory]
    [InlineData("llama", 1)]
    [InlineData("starcoder2", 2)]
    [InlineData("qwen2", 3)]
    [InlineData("gpt_bigcode", 4)]
    public async Task Sixty_four_sequences_at_once(string family, int seed)
    {
        using var random = new RandomCase(family, seed);
        string?[] names = [.. random.Names];
        RandomText[] texts = [.. Enumerable.Range(0, 64).Select(i =>
            new RandomText(names[i % names.Length], random.Dice.Tokens(random.Dice.From(1, 24), random.Model.Vocabulary), random.Dice.From(4, 12)))];
        var steps = new List<StepTrace>();
        using Engine engine = random.Load(o => o with { MaxRows = 1024, Trace = steps.Add });
        Task[] checks;
        using (engine.HoldSteps())
            checks = [.. texts.Select(t => EngineCheck.ContinueAsync(random, engine, t, "one of 64"))];
        await Task.WhenAll(checks);
        Assert.Contains(steps, s => s.DecodeTokens > 32);
    }

    private static void Shape(JsonObject config, int heads, int kvHeads, int headDim, string? window)
    {
        bool isBigCode = config.ContainsKey("n_head");
        config[isBigCode ? "n_layer" : "num_hidden_layers"] = 2;
        config[isBigCode ? "n_positions" : "max_position_embeddings"] = 1500;
        config[isBigCode ? "n_head" : "num_attention_heads"] = heads;
        config[isBigCode ? "n_embd" : "hidden_size"] = heads * headDim;
        if (isBigCode)
        {
            config["multi_query"] = kvHeads == 1;
            return;
        }

        config["num_key_value_heads"] = kvHeads;
        config["head_dim"] = headDim;
        config.Remove("layer_types");
        if (window is null)
            return;
        config["sliding_window"] = JsonNode.Parse(window);
        config["use_sliding_window"] = true;
        config["max_window_layers"] = 1; // the first layer sees all
    }
}
