using FLoRA.Inference.Models.Configuration;

namespace FLoRA.Inference.Models.Rotary;

/// <summary>
/// Reads both styles: <c>rope_theta</c> with <c>rope_scaling</c> ("type" or "rope_type"; transformers 4), and
/// <c>rope_parameters</c> (transformers 5). A key that the named scaling does not use is refused, not ignored.
/// </summary>
internal static class RopeReader
{
    private const double DefaultTheta = 10_000;
    private const string SupportedScaling = "default, linear, llama3";
    private static readonly string[] CommonKeys = ["type", "rope_type", "rope_theta", "partial_rotary_factor"];

    /// <summary>The rotary settings of a configuration.</summary>
    /// <exception cref="ModelLoadException">The scaling is not supported, a value is bad, or two places contradict each other.</exception>
    public static RopeSettings Read(ConfigSection config)
    {
        var scaling = config.Section("rope_scaling");
        var parameters = config.Section("rope_parameters");
        var fromScaling = scaling is null ? null : Read(config, scaling);
        var fromParameters = parameters is null ? null : Read(config, parameters);
        if (fromScaling is not null && fromParameters is not null && fromScaling != fromParameters)
            throw config.Problem("'rope_scaling' and 'rope_parameters' contradict each other; expected one of them, or both alike");
        return fromParameters ?? fromScaling ?? new RopeSettings(RopeScaling.Default, config.Positive("rope_theta", DefaultTheta));
    }

    private static RopeSettings Read(ConfigSection config, ConfigSection rope)
    {
        if (rope.Element("partial_rotary_factor") is not null && rope.Positive("partial_rotary_factor") != 1)
            throw rope.Unsupported("partial_rotary_factor", "1, or no such key");
        var type = Type(rope);
        var theta = Theta(config, rope);
        switch (type)
        {
            case "default":
                RefuseOthers(rope, type);
                return new RopeSettings(RopeScaling.Default, theta);
            case "linear":
                RefuseOthers(rope, type, "factor");
                return new RopeSettings(RopeScaling.Linear, theta, rope.Positive("factor"));
            case "llama3":
                RefuseOthers(rope, type, "factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings");
                return Llama3(config, rope, theta);
            default:
                throw rope.Unsupported(rope.Has("rope_type") ? "rope_type" : "type", SupportedScaling);
        }
    }

    private static string Type(ConfigSection rope)
    {
        if (rope.Has("full_attention") || rope.Has("sliding_attention"))
            throw rope.Problem("rotary parameters per layer type are not supported; supported: one set for all layers");
        var (type, older) = (rope.Text("rope_type"), rope.Text("type"));
        if (type is not null && older is not null && type != older)
            throw rope.Problem($"'rope_type' is \"{type}\" and 'type' is \"{older}\"; expected one of them, or both alike");
        return type ?? older ?? "default";
    }

    private static double Theta(ConfigSection config, ConfigSection rope)
    {
        var outer = config.Positive("rope_theta", DefaultTheta);
        var inner = rope.Positive("rope_theta", outer);
        if (config.Has("rope_theta") && inner != outer)
            throw rope.Problem($"'rope_theta' is {inner}, but {outer} outside; expected one of them, or both alike");
        return inner;
    }

    private static RopeSettings Llama3(ConfigSection config, ConfigSection rope, double theta)
    {
        const string positionsKey = "original_max_position_embeddings";
        var outer = config.OptionalCount(positionsKey, SizeLimits.Positions);
        var positions = rope.Has(positionsKey) || outer is null ? rope.Count(positionsKey, SizeLimits.Positions) : outer.Value;
        if (outer is not null && outer != positions)
            throw rope.Problem($"'{positionsKey}' is {positions}, but {outer} outside; expected one of them, or both alike");
        var (low, high) = (rope.Positive("low_freq_factor"), rope.Positive("high_freq_factor"));
        if (high <= low)
            throw rope.Problem($"'high_freq_factor' is {high}; expected above 'low_freq_factor', {low}");
        return new RopeSettings(RopeScaling.Llama3, theta, rope.Positive("factor"), low, high, positions);
    }

    private static void RefuseOthers(ConfigSection rope, string type, params string[] used)
    {
        if (rope.Keys.FirstOrDefault(k => !CommonKeys.Contains(k) && !used.Contains(k)) is { } other)
            throw rope.Unsupported(other, $"for type \"{type}\" only {string.Join(", ", CommonKeys.Concat(used))}");
    }
}
