using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace FLoRA.Parity.Tests.Random;

/// <summary>A random adapter for a model, written as a PEFT folder.</summary>
internal static class RandomAdapter
{
    public static IReadOnlyList<string> Kinds { get; } = ["lora", "rslora", "flora-mean", "flora-sum", "ia3", "hira"];

    /// <param name="folder">Where it goes.</param>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="model">The model that it is for.</param>
    /// <param name="dice">Where all choices come from.</param>
    /// <param name="rank">Rank of every module; null: random ones, 1 to 9.</param>
    public static void Write(string folder, string kind, RandomModel model, Dice dice, int? rank = null)
    {
        PeftTargets targets = RandomTargets.Choose(model, dice);
        JsonObject config = Config(kind, targets, dice);
        int nominalRank = rank ?? dice.From(1, 9);
        if (kind == "ia3")
        {
            config["feedforward_modules"] = FeedForward(targets, model, dice);
        }
        else
        {
            config["r"] = nominalRank;
            config["rank_pattern"] = rank is null ? Patterns(model, dice, () => dice.From(1, 9)) : new JsonObject();
        }

        if (kind is "lora" or "rslora")
        {
            config["lora_alpha"] = dice.From(1, 12);
            config["use_rslora"] = kind == "rslora";
            config["alpha_pattern"] = Patterns(model, dice, () => dice.Chance(0.5) ? dice.From(1, 12) : 2.5);
        }

        NewTensor[] tensors = [.. model.Linears.Where(m => targets.Contains(m.Path)).SelectMany(m => Tensors(kind, config, nominalRank, m, dice))];
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), config.ToJsonString());
        SafetensorsWriter.Write(Path.Combine(folder, "adapter_model.safetensors"), tensors, dice.Pick("F32", "F32", "F16", "BF16"));
    }

    private static JsonObject Config(string kind, PeftTargets targets, Dice dice)
    {
        var config = new JsonObject
        {
            ["peft_type"] = kind switch { "ia3" => "IA3", "hira" => "HIRA", "lora" or "rslora" => "LORA", _ => "FLORA" },
            ["task_type"] = "CAUSAL_LM",
            ["inference_mode"] = true,
            ["target_modules"] = targets.Names is { } names ? List(names) : targets.Expression,
            ["exclude_modules"] = targets.ExcludedNames is { } excluded ? List(excluded) : targets.ExcludedExpression,
            ["modules_to_save"] = null,
        };
        if (kind != "ia3")
            config["bias"] = "none";
        if (targets.Layers is { } layers)
            config["layers_to_transform"] = layers.Count == 1 && dice.Chance(0.5) ? layers[0] : new JsonArray([.. layers.Select(l => (JsonNode)l)]);
        if (kind.StartsWith("flora", StringComparison.Ordinal))
            config["reduction"] = kind[6..];
        return config;
    }

    /// <summary>feedforward_modules must be among the targets where both are lists; PEFT matches it at the bare end of a path.</summary>
    private static JsonNode FeedForward(PeftTargets targets, RandomModel model, Dice dice)
    {
        if (dice.Chance(0.2))
            return new JsonArray();
        if (targets.Names is { } names)
            return List(dice.Some(names));
        return dice.Chance(0.5) ? List(dice.Some(RandomTargets.Leaves(model))) : $@".*\.{dice.Pick(RandomTargets.Leaves(model))}";
    }

    private static JsonObject Patterns(RandomModel model, Dice dice, Func<JsonNode> value)
    {
        var patterns = new JsonObject();
        for (int i = dice.From(0, 3); i > 0; i--)
        {
            string path = dice.Pick(model.Linears).Path, leaf = path[(path.LastIndexOf('.') + 1)..];
            patterns[dice.Pick(leaf, path, $"^{Regex.Escape(path)}", $@".*\.{dice.From(0, 2)}\..*", $"(x|{leaf})", $@"\d\.\w+\.{leaf}", $"{leaf[..^1]}.")] = value();
        }

        return patterns;
    }

    private static IEnumerable<NewTensor> Tensors(string kind, JsonObject config, int rank, LinearLayer module, Dice dice)
    {
        string prefix = $"base_model.model.{module.Path}";
        if (kind == "ia3")
        {
            int width = IsFeedForward(config["feedforward_modules"]!, module.Path) ? module.In : module.Out;
            yield return new($"{prefix}.ia3_l", width == module.In && IsFeedForward(config["feedforward_modules"]!, module.Path) ? [1, width] : [width, 1], dice.Normal(width, 1, 0.3));
            yield break;
        }

        int r = config["rank_pattern"]!.AsObject().FirstOrDefault(p => Regex.IsMatch(module.Path, $@"\A(.*\.)?({p.Key})$")).Value?.GetValue<int>() ?? rank;
        switch (kind)
        {
            case "hira":
                yield return new($"{prefix}.hira_A", [r, module.In], dice.Normal(r * module.In, 0, 0.6));
                yield return new($"{prefix}.hira_B", [module.Out, r], dice.Normal(r * module.Out, 0, 0.6 / Math.Sqrt(r)));
                break;
            case "lora" or "rslora":
                yield return new($"{prefix}.lora_A.weight", [r, module.In], dice.Normal(r * module.In, 0, 1 / Math.Sqrt(module.In)));
                yield return new($"{prefix}.lora_B.weight", [module.Out, r], dice.Normal(r * module.Out, 0, 0.2));
                break;
            default:
                double share = kind == "flora-sum" ? 1.0 / r : 1;
                yield return new($"{prefix}.flora_A.weight", [r, module.Out], dice.Normal(r * module.Out, share, 0.4 * share));
                yield return new($"{prefix}.flora_B.weight", [r, module.In], dice.Normal(r * module.In, 1, 0.4));
                break;
        }
    }

    private static bool IsFeedForward(JsonNode modules, string path) => modules is JsonArray list
        ? list.Any(m => path.EndsWith(m!.GetValue<string>(), StringComparison.Ordinal))
        : Regex.IsMatch(path, $@"\A(?:{modules.GetValue<string>()})\z");

    private static JsonArray List(IEnumerable<string> names) => [.. names.Select(n => (JsonNode)n)];
}
