using System.Text;

namespace FLoRA.Inference.Text.Tokenization.SentencePiece;

/// <summary>Appends pieces to ids. What is unknown becomes its bytes, or one unknown piece for all that follow one another.</summary>
/// <param name="vocabulary">The pieces.</param>
/// <param name="ids">Where they go.</param>
internal struct PieceWriter(PieceVocabulary vocabulary, List<int> ids)
{
    private bool _afterUnknown;

    /// <summary>A known piece.</summary>
    public void Add(int id)
    {
        ids.Add(id);
        _afterUnknown = false;
    }

    /// <summary>A character without a piece.</summary>
    public void AddUnknown(Rune character)
    {
        if (vocabulary.ByteIds is { } byteIds)
        {
            Span<byte> bytes = stackalloc byte[4];
            foreach (byte value in bytes[..character.EncodeToUtf8(bytes)])
                ids.Add(byteIds[value]);
        }
        else if (!_afterUnknown)
        {
            ids.Add(vocabulary.Unknown);
            _afterUnknown = true;
        }
    }
}
