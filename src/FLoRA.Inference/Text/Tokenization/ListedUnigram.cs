using System.Text;
using System.Text.Json;
using FLoRA.Inference.Text.Tokenization.SentencePiece;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// The Unigram model of tokenizer.json: a list of pieces with scores, all of which may be found in a text, special ones too. Unknown characters
/// in a row are one: its bytes (<c>byte_fallback</c>), else the unknown token. Thread-safe.
/// </summary>
internal sealed class ListedUnigram : ITokenModel
{
    // Trained pieces have 16 characters at most; the search looks at every piece from every character on.
    private const int LongestPiece = 512;

    private readonly UnigramPath _path;
    private readonly Dictionary<string, int> _vocabulary;
    private readonly int? _unknown;
    private readonly int[]? _byteIds;

    private ListedUnigram(Dictionary<string, int> vocabulary, double[] scores, int? unknown, bool byteFallback)
    {
        _vocabulary = vocabulary;
        _unknown = unknown;
        _byteIds = byteFallback ? ByteTokens.IdsIn(vocabulary) : null;
        _path = new UnigramPath(new PieceTrie(vocabulary.Select(piece => (piece.Key, piece.Value))), (id, _) => scores[id], scores.Min() - UnigramPath.UnknownPenalty);
    }

    /// <summary>Reads the <c>model</c>.</summary>
    /// <exception cref="FormatException">Vocabulary, scores or the unknown token are malformed.</exception>
    public static (ITokenModel Model, Dictionary<string, int> Vocabulary) Read(JsonElement model)
    {
        JsonElement[] pieces = [.. model.Required("vocab", JsonValueKind.Array).EnumerateArray()];
        Dictionary<string, int> vocabulary = new(StringComparer.Ordinal);
        double[] scores = new double[pieces.Length];
        foreach ((int id, JsonElement piece) in pieces.Index())
        {
            if (piece.ValueKind != JsonValueKind.Array || piece.GetArrayLength() != 2 || piece[0].ValueKind != JsonValueKind.String || piece[1].ValueKind != JsonValueKind.Number || !double.IsFinite(scores[id] = piece[1].GetDouble()))
                throw new FormatException($"piece {id} of the vocabulary is {piece}, expected a text and its score");
            string text = piece[0].GetString()!;
            if (text.Length is 0 or > LongestPiece)
                throw new FormatException($"piece {id} of the vocabulary has {text.Length} characters, expected 1 to {LongestPiece}");
            if (!vocabulary.TryAdd(text, id))
                throw new FormatException($"the vocabulary has the piece '{text}' twice, as {vocabulary[text]} and {id}");
        }

        if (pieces.Length == 0)
            throw new FormatException("the vocabulary is empty");
        int? unknown = model.Optional("unk_id")?.Id("what is unknown");
        if (unknown >= pieces.Length)
            throw new FormatException($"unk_id is {unknown}, and there are {pieces.Length} pieces");
        return (new ListedUnigram(vocabulary, scores, unknown, model.Flag("byte_fallback", missing: false)), vocabulary);
    }

    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(piece.ToString());
        int unknownStart = -1, done = 0;
        foreach ((int start, int end, int id) in _path.Find(utf8))
        {
            bool known = id != UnigramPath.Unknown && id != _unknown;
            if (known && unknownStart >= 0)
                AddUnknown(utf8.AsSpan(unknownStart..start), ids);
            unknownStart = known ? -1 : unknownStart >= 0 ? unknownStart : start;
            if (known)
                ids.Add(id);
            done = end;
        }

        if (unknownStart >= 0)
            AddUnknown(utf8.AsSpan(unknownStart..done), ids);
    }

    private void AddUnknown(ReadOnlySpan<byte> utf8, List<int> ids)
    {
        // The name of the unknown token itself is a piece.
        if (_vocabulary.TryGetValue(Encoding.UTF8.GetString(utf8), out int id))
        {
            ids.Add(id);
        }
        else if (_byteIds is not null)
        {
            foreach (byte value in utf8)
                ids.Add(_byteIds[value]);
        }
        else
        {
            ids.Add(_unknown ?? throw new InvalidRequestException($"The tokenizer has no piece for '{Encoding.UTF8.GetString(utf8)}', and none for what is unknown."));
        }
    }
}
