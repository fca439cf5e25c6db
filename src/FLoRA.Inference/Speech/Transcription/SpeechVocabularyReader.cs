using System.Text;
using System.Text.Json;
using FLoRA.Inference.Models.Configuration;
using FLoRA.Inference.Text;

namespace FLoRA.Inference.Speech.Transcription;

/// <summary>
/// Reads <see cref="SpeechVocabulary"/> from a folder: generation_config.json, where that lacks something config.json, and where
/// both do (folders of 2022) the names of the tokenizer's special tokens.
/// </summary>
internal sealed class SpeechVocabularyReader
{
    /// <summary>Vocabularies of published models that are larger are multilingual; openai/whisper decides so too.</summary>
    private const int LargestEnglishVocabulary = 51864;

    private const int LargestPublishedSmaller = 51000, MostIds = 1 << 24;

    private readonly ConfigSection _config;
    private readonly ConfigSection? _generation;
    private readonly Tokenizer _tokenizer;

    private SpeechVocabularyReader(string folder, Tokenizer tokenizer)
    {
        _config = ConfigFile.Read(folder, "config.json");
        _generation = ConfigFile.ReadOptional(folder, "generation_config.json");
        _tokenizer = tokenizer;
    }

    /// <summary>Reads the vocabulary of a Whisper folder.</summary>
    /// <exception cref="ModelLoadException">A token that every Whisper model has is named nowhere, or a value is malformed.</exception>
    public static SpeechVocabulary Read(string folder, Tokenizer tokenizer) => new SpeechVocabularyReader(folder, tokenizer).Read();

    private SpeechVocabulary Read()
    {
        int end = Id("eos_token_id") ?? Named("<|endoftext|>"), start = Id("decoder_start_token_id") ?? Named("<|startoftranscript|>");
        int? translate = Task("translate"), transcribe = Task("transcribe"), noSpeech = _tokenizer.IdOf("<|nospeech|>") ?? _tokenizer.IdOf("<|nocaptions|>");
        int previous = Id("prev_sot_token_id") ?? Named("<|startofprev|>");
        List<SpeechLanguage> languages = Languages(start, translate);
        bool multilingual = IsMultilingual(languages);
        if (multilingual && (languages.Count == 0 || transcribe is null || translate is null))
            throw Source.Problem("the model is multilingual, but neither lang_to_id and task_to_id nor the tokenizer name its languages and both tasks");
        int?[] inputOnly = [transcribe, translate, start, previous, _tokenizer.IdOf("<|startoflm|>"), noSpeech];
        return new SpeechVocabulary
        {
            IsMultilingual = multilingual,
            EndToken = end,
            StartToken = start,
            PreviousToken = previous,
            NoTimestampsToken = Id("no_timestamps_token_id") ?? Named("<|notimestamps|>"),
            TranscribeToken = multilingual ? transcribe : null,
            TranslateToken = multilingual ? translate : null,
            NoSpeechToken = noSpeech,
            Languages = multilingual ? languages : [],
            SuppressTokens = [.. (Ids("suppress_tokens") ?? []).Concat(inputOnly.OfType<int>()).Distinct().Order()],
            BeginSuppressTokens = Ids("begin_suppress_tokens") ?? [.. _tokenizer.EncodePlain(" "), end],
            MaxInitialTimestampIndex = _generation?.OptionalCount("max_initial_timestamp_index", MostIds) ?? 50,
            AlignmentHeads = AlignmentHeads(),
        };
    }

    private ConfigSection Source => _generation ?? _config;

    private bool IsMultilingual(List<SpeechLanguage> languages)
    {
        if (_generation?.Has("is_multilingual") == true)
            return _generation.Flag("is_multilingual", absent: false);
        if (_generation?.Has("lang_to_id") == true)
            return true;
        // English-only models have the names of all languages in their tokenizer, too: only the size tells.
        int size = _config.Count("vocab_size", MostIds);
        return size < LargestPublishedSmaller ? languages.Count > 0 : size > LargestEnglishVocabulary;
    }

    private List<SpeechLanguage> Languages(int start, int? translate)
    {
        if (_generation?.Section("lang_to_id") is { } listed)
            return [.. listed.Keys.Select(name => new SpeechLanguage(name.Trim('<', '|', '>'), listed.Count(name, MostIds))).OrderBy(language => language.Token)];
        List<SpeechLanguage> languages = [];
        for (int token = start + 1; token < translate && NameOf(token) is ['<', '|', .. var code, '|', '>']; token++)
            languages.Add(new SpeechLanguage(code, token));
        return languages;
    }

    private int? Task(string name) => _generation?.Section("task_to_id")?.OptionalCount(name, MostIds) ?? _tokenizer.IdOf($"<|{name}|>");

    private string? NameOf(int token) => _tokenizer.BytesOfGenerated(token) is { IsEmpty: false } bytes ? Encoding.UTF8.GetString(bytes) : null;

    private int Named(string token) => _tokenizer.IdOf(token)
        ?? throw Source.Problem($"the token {token} is named neither here nor in the tokenizer; expected the special tokens of Whisper");

    /// <summary>One id, or the first of a list.</summary>
    private int? Id(string key) => Ids(key) is [var first, ..] ? first : null;

    private int[]? Ids(string key) => Ids(_generation, key) ?? Ids(_config, key);

    private static int[]? Ids(ConfigSection? section, string key)
    {
        if (section?.Element(key) is not { } value)
            return null;
        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        return Array.ConvertAll(items, item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int id) && id is >= 0 and < MostIds
            ? id
            : throw section.Unexpected(key, value, "a token id, 0 or more, or a list of ids"));
    }

    private (int Layer, int Head)[]? AlignmentHeads()
    {
        const string key = "alignment_heads", expected = "a list of [layer, head]";
        if (_generation?.Element(key) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
            throw _generation.Unexpected(key, value, expected);
        int layers = _config.Count("decoder_layers", MostIds), heads = _config.Count("decoder_attention_heads", MostIds);
        return [.. value.EnumerateArray().Select(pair => Pair(pair) is { } read && read.Layer < layers && read.Head < heads
            ? read
            : throw _generation.Unexpected(key, value, $"{expected} below [{layers}, {heads}]"))];
    }

    private static (int Layer, int Head)? Pair(JsonElement pair) =>
        pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2
        && pair[0].ValueKind == JsonValueKind.Number && pair[0].TryGetInt32(out int layer) && layer >= 0
        && pair[1].ValueKind == JsonValueKind.Number && pair[1].TryGetInt32(out int head) && head >= 0
            ? (layer, head) : null;
}
