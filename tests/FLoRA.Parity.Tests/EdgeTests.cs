using System.Text.Json.Nodes;
using FLoRA.Inference;
using FLoRA.Parity.Tests.Random;

namespace FLoRA.Parity.Tests;

/// <summary>Sizes at their ends: the last position, the row budget, ranks above the model's widths, a vocabulary below the listed eight.</summary>
public class EdgeTests
{
    [Theory]
    [InlineData("gpt_bigcode", "n_positions")]
    [InlineData("starcoder2", "max_position_embeddings")]
    [InlineData("llama", "max_position_embeddings")]
    public async Task Up_to_the_last_position(string family, string key)
    {
        const int context = 21; // not a whole number of blocks
        using var random = new RandomCase(family, 41, c => c[key] = context, ["flora-mean", "lora"]);
        using Engine engine = random.Load();
        Assert.Equal(context, engine.Model.ContextLength);
        var whole = new RandomText("flora-mean", random.Dice.Tokens(context, random.Model.Vocabulary), 0);
        var almost = new RandomText("lora", random.Dice.Tokens(context - 4, random.Model.Vocabulary), 4);
        await Task.WhenAll(EngineCheck.ScoreAsync(random, engine, whole, "whole context"), EngineCheck.ContinueAsync(random, engine, almost, "to the end of the context"));
        var free = engine.Submit(new Request { PromptTokens = almost.Tokens, IgnoreEos = true });
        int produced = 0;
        await foreach (GeneratedToken _ in free.WithCancellation(TestContext.Current.CancellationToken))
            produced++;
        Assert.Equal((4, FinishReason.Length), (produced, free.FinishReason));
        await Assert.ThrowsAsync<InvalidRequestException>(() => engine.ScoreAsync(random.Dice.Tokens(context + 1, random.Model.Vocabulary), null, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("gpt_bigcode", 51)]
    [InlineData("qwen3", 52)]
    public async Task Ranks_above_the_widths_of_the_model(string family, int seed)
    {
        using var random = new RandomCase(family, seed, rank: 70);
        using Engine engine = random.Load();
        await EngineCheck.TogetherAsync(random, engine, "rank 70");
    }

    [Theory]
    [InlineData("llama", 61)]
    [InlineData("gpt_bigcode", 62)]
    public async Task A_row_budget_of_one_token_of_the_widest_adapter(string family, int seed)
    {
        using var random = new RandomCase(family, seed, rank: 9);
        using Engine engine = random.Load(o => o with { MaxRows = 10, KvTokens = 48, BlockTokens = 3 });
        await EngineCheck.TogetherAsync(random, engine, "10 rows");
        var refused = Assert.Throws<AdapterLoadException>(() => random.Load(o => o with { MaxRows = 9 }));
        Assert.Contains("--max-rows", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llama", 71)]
    [InlineData("qwen3", 72)]
    [InlineData("starcoder2", 73)]
    public async Task Five_words_and_the_family_s_own_head_width(string family, int seed)
    {
        using var random = new RandomCase(family, seed, Shrink);
        using Engine engine = random.Load(o => o with { Threads = 1 });
        await EngineCheck.AloneAsync(random, engine);
        await EngineCheck.TogetherAsync(random, engine, "together");
    }

    [Theory]
    [InlineData("gpt_bigcode", "scale_attn_weights", "false")]
    [InlineData("llama", "head_dim", "128")]
    [InlineData("qwen2", "head_dim", "80")]
    [InlineData("starcoder2", "num_hidden_layers", "6")]
    public async Task One_key_apart(string family, string key, string json)
    {
        using var random = new RandomCase(family, 81, c => c[key] = JsonNode.Parse(json));
        using Engine engine = random.Load();
        await EngineCheck.TogetherAsync(random, engine, key);
    }

    private static void Shrink(JsonObject config)
    {
        config["vocab_size"] = 5;
        config["eos_token_id"] = 4;
        config["num_attention_heads"] = 2;
        config["num_key_value_heads"] = 1;
        config["hidden_size"] = 12;
        config.Remove("head_dim"); // qwen3: 128; the others: 6
    }
}
