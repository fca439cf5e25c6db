using System.Collections.Frozen;
using FLoRA.Inference.Text.Tokenization;

namespace FLoRA.Inference.Text;

/// <summary>
/// Text to token ids and back, as the files of a model say: byte-level BPE (GPT-2, StarCoder, Llama 3, Qwen, Whisper) and BPE over characters
/// that falls back to bytes (Llama 2, Mistral) of tokenizer.json, SentencePiece's tokenizer.model (BPE, unigram), vocab.json and merges.txt (GPT-2, Whisper). Thread-safe.
/// </summary>
public sealed class Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly AddedTokenFinder _raw, _normalized, _special;
    private readonly FrozenDictionary<string, int> _addedIds;

    private Tokenizer(TokenizerParts parts)
    {
        _parts = parts;
        _raw = new AddedTokenFinder(parts.AddedTokens.Where(token => !token.Normalized));
        _normalized = new AddedTokenFinder(parts.AddedTokens.Where(token => token.Normalized).Select(token => token with { Content = Normalize(token.Content, TextPlace.First) }));
        _special = new AddedTokenFinder(parts.AddedTokens.Where(token => token.Special));
        _addedIds = parts.AddedTokens.ToFrozenDictionary(token => token.Content, token => token.Id, StringComparer.Ordinal);
    }

    /// <summary>Number of ids: one more than the highest.</summary>
    public int VocabularySize => _parts.Table.Count;

    /// <summary>Name of the token that begins a text, by tokenizer_config.json; null: none is named.</summary>
    public string? BosToken => _parts.Config.BosToken;

    /// <summary>Name of the token that ends a text, by tokenizer_config.json; null: none is named.</summary>
    public string? EosToken => _parts.Config.EosToken;

    /// <summary>Jinja source of the model's chat template; null: it has none.</summary>
    public string? ChatTemplate => _parts.Config.ChatTemplate;

    /// <summary>The templates that have a name, where the model has several; the default one is among them.</summary>
    public IReadOnlyDictionary<string, string> ChatTemplates => _parts.Config.ChatTemplates;

    /// <summary>Ids that the model expects before every text; <see cref="Encode"/> does not add them.</summary>
    public IReadOnlyList<int> PromptStart => _parts.PromptStart;

    /// <summary>For the bytes of generated ids, in order.</summary>
    internal TokenTable Table => _parts.Table;

    /// <summary>Loads the tokenizer of a folder; other files of a model need not be there.</summary>
    /// <exception cref="ModelLoadException">There is none, or it asks for what is not supported; the message names it.</exception>
    public static Tokenizer Load(string folder)
    {
        try
        {
            return new Tokenizer(TokenizerFile.Read(folder));
        }
        catch (InvalidRequestException e)
        {
            // A normalizer could not cope with an added token.
            throw new ModelLoadException(folder, e.Message, e);
        }
    }

    /// <summary>True if the folder has tokenizer files at all; a model without them serves token ids.</summary>
    public static bool IsPresent(string folder) => TokenizerFile.Find(folder) is not null;

    /// <summary>Text to ids. Names of special tokens become those tokens; nothing is put before or behind.</summary>
    /// <exception cref="InvalidRequestException">The vocabulary cannot express a part of it, or its pattern takes too long.</exception>
    public IReadOnlyList<int> Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return EncodeAround(null, text);
    }

    /// <summary>The same for a text in which some names of special tokens are hidden, because they are somebody's words.</summary>
    internal IReadOnlyList<int> EncodeAround(HiddenTokens? hidden, string text) => EncodeParts(text, TextPlace.First, hidden);

    /// <summary>The same for a text that goes on from something: no space is put before it.</summary>
    internal IReadOnlyList<int> EncodeContinuation(string text) => EncodeParts(text, TextPlace.Continued, null);

    /// <summary>Text to ids, where names of special and other added tokens are text like any other.</summary>
    /// <exception cref="InvalidRequestException">The vocabulary cannot express a part of it, or its pattern takes too long.</exception>
    public IReadOnlyList<int> EncodePlain(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        EncodingRun run = new(text.Length, null);
        EncodeText(Normalize(ReplaceLoneSurrogates(text), TextPlace.First), TextPlace.First, run);
        return run.Ids;
    }

    /// <summary>Ids to text, special tokens by their names. Bytes that are not UTF-8 become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The vocabulary has no such id.</exception>
    public string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        using MemoryStream bytes = new();
        LeadingSpaceTrimmer space = Table.StartText();
        foreach (int id in ids)
            bytes.Write(space.Next(id, BytesOf(id)));
        return Table.Encoding.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    /// <summary>Id of a special or other added token; null if there is no such token.</summary>
    public int? IdOf(string specialToken) => _addedIds.TryGetValue(specialToken, out int id) ? id : null;

    /// <summary>Whether an id is that of an added token.</summary>
    internal bool IsAdded(int id) => _addedIds.Values.Contains(id);

    /// <summary>Where special tokens stand in a text, and the texts between them (token null).</summary>
    internal IEnumerable<(Section Section, AddedToken? Token)> CutAtSpecial(string text) => _special.Cut(text);

    /// <summary>Names of special tokens by their roles, as templates get them.</summary>
    internal IReadOnlyDictionary<string, string> SpecialTokens
    {
        get
        {
            Dictionary<string, string> tokens = new(_parts.Config.SpecialTokens, StringComparer.Ordinal);
            if (BosToken is not null)
                tokens["bos_token"] = BosToken;
            if (EosToken is not null)
                tokens["eos_token"] = EosToken;
            return tokens;
        }
    }

    /// <summary>Id of any token by its name in the vocabulary; null if there is no such token.</summary>
    internal int? IdOfPiece(string name) => IdOf(name) ?? (_parts.Vocabulary.TryGetValue(name, out int id) ? id : null);

    /// <summary>Bytes that a token stands for; may be a part of a code point.</summary>
    internal ReadOnlySpan<byte> BytesOf(int id) => Table.BytesOf(id) ?? throw new ArgumentOutOfRangeException(
        nameof(id), id, $"The vocabulary has no token with this id; ids are 0 to {VocabularySize - 1}{((uint)id < (uint)VocabularySize ? ", with gaps" : "")}.");

    /// <summary>The same for a generated id: models pad their embedding beyond the tokens, and such an id stands for no text.</summary>
    internal ReadOnlySpan<byte> BytesOfGenerated(int id) => Table.BytesOf(id);

    private List<int> EncodeParts(string text, TextPlace start, HiddenTokens? hidden)
    {
        EncodingRun run = new(text.Length, hidden);
        text = ReplaceLoneSurrogates(text);
        foreach ((Section section, AddedToken? token) in _raw.Cut(text))
        {
            TextPlace place = section.Start > 0 ? TextPlace.Later : start;
            run.CheckTime();
            if (token is not null)
                run.Ids.Add(token.Id);
            else
                EncodeNormalized(Normalize(text.Substring(section.Start, section.Length), place), place, run);
        }

        return run.Ids;
    }

    private void EncodeNormalized(string text, TextPlace place, EncodingRun run)
    {
        foreach ((Section section, AddedToken? token) in _normalized.Cut(text))
        {
            if (token is not null)
                run.Ids.Add(token.Id);
            else
                EncodeText(text.Substring(section.Start, section.Length), section.Start > 0 ? TextPlace.Later : place, run);
        }
    }

    private void EncodeText(string text, TextPlace place, EncodingRun run)
    {
        text = run.Hidden?.Show(text) ?? text;
        text = _parts.Pieces.Spaces.Apply(text, place);
        List<Section> pieces = text.Length == 0 ? [] : [new Section(0, text.Length)];
        foreach (IPreTokenizer stage in _parts.Pieces.Stages)
        {
            List<Section> finer = [];
            foreach (Section piece in pieces)
            {
                stage.Cut(text.AsSpan(piece.Start, piece.Length), piece.Start, finer);
                run.CheckTime();
            }

            pieces = finer;
        }

        foreach (Section piece in pieces)
            _parts.Model.Encode(text.AsSpan(piece.Start, piece.Length), run.Ids);
    }

    private string Normalize(string text, TextPlace place) => _parts.Normalizers.Apply(text, place);

    // As they would be written in UTF-8.
    private static string ReplaceLoneSurrogates(string text) => CodePointShadow.IsNeeded(text) ? string.Concat(text.EnumerateRunes()) : text;
}
