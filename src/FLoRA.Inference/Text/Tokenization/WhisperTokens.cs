using System.Globalization;
using System.Text.Json;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// The special tokens and times of Whisper, where a folder does not list them: they follow the vocabulary in the order in which openai/whisper makes them (tokenizer.py, get_encoding).
/// </summary>
internal static class WhisperTokens
{
    private const string End = "<|endoftext|>", Start = "<|startoftranscript|>", NoTimes = "<|notimestamps|>", FirstTime = "<|0.00|>";

    /// <summary>0.00 to 30.00 s.</summary>
    private const int MostTimes = 1501;

    private const double SecondsPerTime = 0.02;

    /// <summary>Of large-v3; models before it lack the last one.</summary>
    private const string Languages =
        "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw "
        + "gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su yue";

    private static readonly string[] BehindLanguages = ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", NoTimes];

    /// <summary>Adds what is missing.</summary>
    /// <param name="folder">config.json may tell the number of ids, generation_config.json the languages.</param>
    /// <param name="vocabulary">Text tokens.</param>
    /// <param name="listed">What the folder lists.</param>
    /// <exception cref="FormatException">What the folder says does not fit together.</exception>
    public static IReadOnlyList<AddedToken> Complete(string folder, IReadOnlyDictionary<string, int> vocabulary, IReadOnlyList<AddedToken> listed)
    {
        int? vocabularySize = JsonFields.ReadObject(folder, "config.json")?.Optional("vocab_size")?.Id("config.json: vocab_size");
        JsonElement? generation = JsonFields.ReadObject(folder, "generation_config.json");
        List<AddedToken> tokens = [.. listed];
        int? IdOf(string name) => tokens.FirstOrDefault(token => token.Content == name)?.Id ?? (vocabulary.TryGetValue(name, out int id) ? id : null);
        if (IdOf(Start) is null)
        {
            int end = IdOf(End) ?? vocabulary.Values.Max() + 1;
            string[] names = [End, Start, .. LanguageCodes(generation, end, vocabularySize).Select(code => $"<|{code}|>"), .. BehindLanguages];
            AddedToken[] missing = [.. names.Index().Where(name => IdOf(name.Item) is null).Select(name => Token(end + name.Index, name.Item))];
            tokens.AddRange(missing);
        }

        if (IdOf(FirstTime) is null && IdOf(NoTimes) is { } noTimes)
        {
            int count = Math.Min(MostTimes, (vocabularySize ?? int.MaxValue) - noTimes - 1);
            tokens.AddRange(Enumerable.Range(0, Math.Max(0, count)).Select(step => Token(noTimes + 1 + step, string.Create(CultureInfo.InvariantCulture, $"<|{step * SecondsPerTime:f2}|>"))));
        }

        Check(generation, "no_timestamps_token_id", IdOf(NoTimes));
        Check(generation, "decoder_start_token_id", IdOf(Start));
        return AddedTokenReader.Merge(tokens);
    }

    private static string[] LanguageCodes(JsonElement? generation, int end, int? vocabularySize)
    {
        if (generation?.Optional("lang_to_id") is { } listed)
        {
            (string Name, int Id)[] inOrder = [.. listed.EnumerateObject().Select(language => (language.Name, Id: language.Value.Id($"{language.Name} in generation_config.json"))).OrderBy(language => language.Id)];
            if (inOrder.Index().FirstOrDefault(language => language.Item.Id != end + 2 + language.Index) is { Item.Name: { } name } stray)
                throw new FormatException($"generation_config.json gives {name} the id {stray.Item.Id}, expected {end + 2 + stray.Index}: languages follow {Start}");
            return [.. inOrder.Select(language => language.Name.Trim('<', '|', '>'))];
        }

        string[] known = Languages.Split(' ');
        int count = vocabularySize is { } size ? size - end - 2 - BehindLanguages.Length - MostTimes : known.Length - 1;
        return count == known.Length || count == known.Length - 1
            ? known[..count]
            : throw new FormatException($"vocab_size {vocabularySize} leaves {count} ids for languages, published models have {known.Length - 1} or {known.Length}; added_tokens.json or tokenizer.json is needed");
    }

    private static void Check(JsonElement? generation, string field, int? id)
    {
        if (generation?.Optional(field) is { } value && value.Id($"generation_config.json: {field}") is var given && given != id)
            throw new FormatException($"generation_config.json has {field} {given}, but by its place behind the vocabulary it is {id?.ToString(CultureInfo.InvariantCulture) ?? "no token"}");
    }

    private static AddedToken Token(int id, string name) => AddedToken.Mark(id, name);
}
