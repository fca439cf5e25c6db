using System.Collections.Frozen;
using System.Text;
using FLoRA.Inference.Text.Tokenization;

namespace FLoRA.Inference.Text;

/// <summary>
/// Byte-level BPE as tokenizer.json describes it (GPT-2, StarCoder, StarCoder2, Llama 3, Qwen, Whisper), or vocab.json and merges.txt (GPT-2, Whisper). Thread-safe.
/// </summary>
public sealed class Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly ByteLevelBpe _bpe;
    private readonly AddedTokenFinder _raw, _normalized;
    private readonly FrozenDictionary<string, int> _addedIds;

    // [id]; null: no such token.
    private readonly byte[]?[] _bytes;

    private Tokenizer(TokenizerParts parts)
    {
        _parts = parts;
        _bpe = new ByteLevelBpe(parts.Vocabulary, parts.Merges, parts.IgnoreMerges);
        _raw = new AddedTokenFinder(parts.AddedTokens.Where(token => !token.Normalized));
        _normalized = new AddedTokenFinder(parts.AddedTokens.Where(token => token.Normalized).Select(token => token with { Content = Normalize(token.Content) }));
        _addedIds = parts.AddedTokens.ToFrozenDictionary(token => token.Content, token => token.Id, StringComparer.Ordinal);
        _bytes = new byte[]?[1 + parts.Vocabulary.Values.Concat(_addedIds.Values).Max()];
        foreach ((string token, int id) in parts.Vocabulary)
            _bytes[id] = ByteAlphabet.BytesOf(token);
        foreach (AddedToken token in parts.AddedTokens)
            _bytes[token.Id] = Encoding.UTF8.GetBytes(token.Content);
    }

    /// <summary>Number of ids: one more than the highest.</summary>
    public int VocabularySize => _bytes.Length;

    /// <summary>Name of the token that begins a text, by tokenizer_config.json; null: none is named.</summary>
    public string? BosToken => _parts.Config.BosToken;

    /// <summary>Name of the token that ends a text, by tokenizer_config.json; null: none is named.</summary>
    public string? EosToken => _parts.Config.EosToken;

    /// <summary>Jinja source of the model's chat template; null: it has none.</summary>
    public string? ChatTemplate => _parts.Config.ChatTemplate;

    /// <summary>Ids that the model expects before every text; <see cref="Encode"/> does not add them.</summary>
    public IReadOnlyList<int> PromptStart => _parts.PromptStart;

    /// <summary>Loads the tokenizer of a folder; other files of a model need not be there.</summary>
    /// <exception cref="ModelLoadException">There is none, or it asks for what is not supported; the message names it.</exception>
    public static Tokenizer Load(string folder)
    {
        TokenizerParts parts = TokenizerFile.Read(folder);
        try
        {
            return new Tokenizer(parts);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            throw new ModelLoadException(folder, $"{parts.FileName}: {e.Message}", e);
        }
    }

    /// <summary>True if the folder has tokenizer files at all; a model without them serves token ids.</summary>
    public static bool IsPresent(string folder) =>
        File.Exists(Path.Combine(folder, "tokenizer.json")) || File.Exists(Path.Combine(folder, "tokenizer.model"))
        || (File.Exists(Path.Combine(folder, VocabularyFiles.VocabularyName)) && File.Exists(Path.Combine(folder, VocabularyFiles.MergesName)));

    /// <summary>Text to ids. Names of special tokens become those tokens; nothing is put before or behind.</summary>
    /// <exception cref="InvalidRequestException">The vocabulary cannot express a byte of it, or its pattern takes too long.</exception>
    public IReadOnlyList<int> Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<int> ids = [];
        text = ReplaceLoneSurrogates(text);
        foreach ((Section section, AddedToken? token) in _raw.Cut(text))
        {
            if (token is not null)
                ids.Add(token.Id);
            else
                EncodeNormalized(Normalize(text.Substring(section.Start, section.Length)), ids);
        }
        return ids;
    }

    /// <summary>Text to ids, where names of special and other added tokens are text like any other.</summary>
    /// <exception cref="InvalidRequestException">The vocabulary cannot express a byte of it, or its pattern takes too long.</exception>
    public IReadOnlyList<int> EncodePlain(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<int> ids = [];
        EncodeText(Normalize(ReplaceLoneSurrogates(text)), ids);
        return ids;
    }

    /// <summary>Ids to text, special tokens by their names. Bytes that are not UTF-8 become U+FFFD, one per maximal invalid part.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The vocabulary has no such id.</exception>
    public string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        using MemoryStream bytes = new();
        foreach (int id in ids)
            bytes.Write(BytesOf(id));
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    /// <summary>Id of a special or other added token; null if there is no such token.</summary>
    public int? IdOf(string specialToken) => _addedIds.TryGetValue(specialToken, out int id) ? id : null;

    /// <summary>Bytes that a token stands for; may be a part of a code point.</summary>
    internal ReadOnlySpan<byte> BytesOf(int id) => (uint)id < (uint)_bytes.Length && _bytes[id] is { } bytes
        ? bytes
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"The vocabulary has no token with this id; ids are 0 to {VocabularySize - 1}{((uint)id < (uint)_bytes.Length ? ", with gaps" : "")}.");

    /// <summary>The same for a generated id: models pad their embedding beyond the tokens, and such an id stands for no text.</summary>
    internal ReadOnlySpan<byte> BytesOfGenerated(int id) => (uint)id < (uint)_bytes.Length ? _bytes[id] : null;

    private void EncodeNormalized(string text, List<int> ids)
    {
        foreach ((Section section, AddedToken? token) in _normalized.Cut(text))
        {
            if (token is not null)
                ids.Add(token.Id);
            else
                EncodeText(text.Substring(section.Start, section.Length), ids);
        }
    }

    private void EncodeText(string text, List<int> ids)
    {
        if (_parts.AddPrefixSpace && text.Length > 0 && text[0] != ' ')
            text = " " + text;
        List<Section> pieces = text.Length == 0 ? [] : [new Section(0, text.Length)];
        foreach (IPreTokenizer stage in _parts.PreTokenizers)
        {
            List<Section> finer = [];
            foreach (Section piece in pieces)
                stage.Cut(text.AsSpan(piece.Start, piece.Length), piece.Start, finer);
            pieces = finer;
        }
        foreach (Section piece in pieces)
            _bpe.Encode(text.AsSpan(piece.Start, piece.Length), ids);
    }

    private string Normalize(string text) => _parts.Composes ? CanonicalComposition.Compose(text) : text;

    // As they would be written in UTF-8.
    private static string ReplaceLoneSurrogates(string text) => CodePointShadow.IsNeeded(text) ? string.Concat(text.EnumerateRunes()) : text;
}
