using System.Text.Json;

namespace FLoRA.Inference.Models.Configuration;

/// <summary>
/// End and first tokens. Those of generation_config.json win over those of config.json; nothing else is taken from it. An id above
/// the vocabulary is left out: transformers writes a family's default (50256 for GPTBigCode and StarCoder2) whatever the vocabulary
/// of a model is, and an id that the model cannot produce ends nothing.
/// </summary>
/// <param name="Eos">Tokens that end a sequence; may be empty.</param>
/// <param name="Bos">First token, or null.</param>
internal sealed record SpecialTokens(IReadOnlyList<int> Eos, int? Bos)
{
    /// <summary>Reads both files.</summary>
    /// <exception cref="ModelLoadException">An id is of the wrong type or negative.</exception>
    public static SpecialTokens Read(ConfigSection config, ConfigSection? generation, int vocabularySize)
    {
        var eos = Ids(generation, "eos_token_id", vocabularySize) ?? Ids(config, "eos_token_id", vocabularySize) ?? [];
        var bos = Ids(generation, "bos_token_id", vocabularySize) ?? Ids(config, "bos_token_id", vocabularySize) ?? [];
        return new SpecialTokens(eos, bos.Length == 0 ? null : bos[0]);
    }

    private static int[]? Ids(ConfigSection? section, string key, int vocabularySize)
    {
        if (section?.Element(key) is not { } value)
            return null;
        var items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : new[] { value };
        var ids = new List<int>();
        foreach (var item in items)
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt32(out var id) || id < 0)
                throw section.Unexpected(key, value, "a token id, 0 or more, null, or a list of ids");
            if (id < vocabularySize && !ids.Contains(id))
                ids.Add(id);
        }

        return [.. ids];
    }
}
