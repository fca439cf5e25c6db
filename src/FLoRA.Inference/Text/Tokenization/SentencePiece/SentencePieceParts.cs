using System.Text;

namespace FLoRA.Inference.Text.Tokenization.SentencePiece;

/// <summary>
/// A tokenizer of tokenizer.model. Where nothing lies beside it, it does what SentencePiece does: names of special pieces in a text are plain
/// text. Where tokenizer_config.json, special_tokens_map.json, added_tokens.json or a chat template lie beside it, the tokens that they name are
/// found in the text, as transformers does.
/// </summary>
internal static class SentencePieceParts
{
    public const string FileName = "tokenizer.model";

    /// <exception cref="FormatException">The content is not what is expected; the message says what.</exception>
    public static TokenizerParts Read(string folder)
    {
        TokenizerConfig config = TokenizerConfig.Read(folder);
        SentencePieceFile file = SentencePieceFile.Parse(File.ReadAllBytes(Path.Combine(folder, FileName)));
        if (config.AddPrefixSpace == false)
            file.AddDummyPrefix = false;
        PieceVocabulary vocabulary = new(file);
        Dictionary<string, int> names = Names(vocabulary);
        int? bos = ControlPiece(vocabulary, names, file.BosPiece);
        IReadOnlyList<AddedToken> added = [];
        if (NamedTokens.HaveFiles(folder))
        {
            string? eos = ControlPiece(vocabulary, names, file.EosPiece) is null ? null : file.EosPiece;
            (added, config) = NamedTokens.Read(folder, config, names, bos is null ? null : file.BosPiece, eos);
        }

        bool onlyFirst = !config.Legacy;
        return new TokenizerParts
        {
            Vocabulary = names,
            Model = file.Model == PieceModel.Bpe ? new SentencePieceBpe(vocabulary) : new UnigramModel(vocabulary),
            Table = Table(file, vocabulary, added),
            AddedTokens = added,
            Normalizers = [new SentencePieceNormalizer(file, vocabulary.UserDefined, onlyFirst)],
            Pieces = new PreTokenization(SpaceRule.None, [], IsByteLevel: false),
            PromptStart = config.AddBosToken is { } ? PromptStartReader.Read(postProcessor: null, config, added) : bos is { } begin ? [begin] : [],
            Config = config,
        };
    }

    private static TokenTable Table(SentencePieceFile file, PieceVocabulary vocabulary, IReadOnlyList<AddedToken> added)
    {
        IEnumerable<(int Id, byte[] Bytes)> pieces = vocabulary.Pieces.Index().Select(piece => (piece.Index, BytesOf(piece.Item, file)));
        // Special pieces keep their names only where a folder lists them; SentencePiece itself gives no text for them.
        return new TokenTable([.. pieces, .. added.Select(token => (token.Id, Encoding.UTF8.GetBytes(token.Content)))])
        {
            Encoding = ReplacementPerByte.Utf8,
            LeadingSpace = !file.AddDummyPrefix && !file.RemoveExtraSpaces ? LeadingSpace.Kept : file.RemoveExtraSpaces ? LeadingSpace.OneOfEachPiece : LeadingSpace.OneOfPiece,
            NotPieces = vocabulary.ByteIds is { } bytes ? [vocabulary.Unknown, bytes[' ']] : [vocabulary.Unknown],
        };
    }

    private static byte[] BytesOf(Piece piece, SentencePieceFile file) => piece.Type switch
    {
        PieceType.Control => [],
        PieceType.Unknown => Encoding.UTF8.GetBytes(file.UnknownSurface),
        PieceType.Byte => ByteTokens.TryParse(piece.Text, out byte value) ? [value] : throw new InvalidOperationException($"'{piece.Text}' was taken for a byte"),
        _ => Encoding.UTF8.GetBytes(piece.Text.Replace(SentencePieceNormalizer.SpaceMark, ' ')),
    };

    // A special piece goes before a text of the same name.
    private static Dictionary<string, int> Names(PieceVocabulary vocabulary)
    {
        Dictionary<string, int> names = new(vocabulary.Texts, StringComparer.Ordinal);
        foreach ((int id, Piece piece) in vocabulary.Pieces.Index().Where(piece => piece.Item.Type is PieceType.Control or PieceType.Unknown or PieceType.Byte))
            names[piece.Text] = id;
        return names;
    }

    private static int? ControlPiece(PieceVocabulary vocabulary, Dictionary<string, int> names, string name) =>
        names.TryGetValue(name, out int id) && vocabulary.Pieces[id].Type == PieceType.Control ? id : null;
}
