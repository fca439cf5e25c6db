using FLoRA.Inference.Models.Configuration;
using FLoRA.Inference.Models.Families;

namespace FLoRA.Inference.Models;

/// <summary>
/// Reads config.json and generation_config.json of a model folder into a blueprint. Of the latter only the end and first tokens are
/// taken: sampling defaults belong to the request.
/// </summary>
internal static class ModelConfigReader
{
    private const string ConfigName = "config.json";
    private const string GenerationName = "generation_config.json";

    /// <summary>The decoder that the folder's configuration describes; no weight is touched.</summary>
    /// <exception cref="ModelLoadException">A file is missing or bad, or asks for what the engine does not do; key and value are named.</exception>
    public static DecoderBlueprint Read(string folder)
    {
        var config = ConfigFile.Read(folder, ConfigName);
        var family = Family(config);
        UnsupportedKeys.Refuse(config, family.ImplementedKeys);
        RefuseOtherArchitectures(config, family);
        return family.Read(config, ConfigFile.ReadOptional(folder, GenerationName));
    }

    private static IModelFamily Family(ConfigSection config)
    {
        var known = string.Join(", ", ModelFamilies.All.Select(f => f.ModelType));
        var type = config.Text("model_type") ?? throw config.Problem($"'model_type' is missing; expected one of {known}");
        return ModelFamilies.All.FirstOrDefault(f => f.ModelType == type) ?? throw config.Unsupported("model_type", known);
    }

    /// <summary>A classifier or a bare encoder of a known family is another computation.</summary>
    private static void RefuseOtherArchitectures(ConfigSection config, IModelFamily family)
    {
        if (config.Texts("architectures") is { Count: > 0 } listed && !listed.Intersect(family.Architectures, StringComparer.OrdinalIgnoreCase).Any())
            throw config.Unsupported("architectures", string.Join(", ", family.Architectures));
    }
}
