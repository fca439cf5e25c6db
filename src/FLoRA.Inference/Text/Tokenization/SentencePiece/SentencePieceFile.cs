namespace FLoRA.Inference.Text.Tokenization.SentencePiece;

/// <summary>How the pieces of a text are found; the numbers are the file's.</summary>
internal enum PieceModel
{
    /// <summary>The most likely cut (Kudo 2018).</summary>
    Unigram = 1,

    /// <summary>Merges (Sennrich et al. 2016).</summary>
    Bpe = 2,
}

/// <summary>Content of a SentencePiece model, <c>tokenizer.model</c> (sentencepiece_model.proto): the fields that encoding and decoding need.</summary>
internal sealed class SentencePieceFile
{
    private readonly List<Piece> _pieces = [];

    private SentencePieceFile()
    {
    }

    /// <summary>[id].</summary>
    public IReadOnlyList<Piece> Pieces => _pieces;

    /// <summary>How pieces are found.</summary>
    public PieceModel Model { get; private set; } = PieceModel.Unigram;

    /// <summary>What is unknown becomes its bytes.</summary>
    public bool ByteFallback { get; private set; }

    /// <summary>The space of a word goes behind it.</summary>
    public bool SpaceIsSuffix { get; private set; }

    /// <summary>Text that the unknown piece decodes to.</summary>
    public string UnknownSurface { get; private set; } = " \u2047 ";

    /// <summary>Name of the piece that begins a text; it need not be there.</summary>
    public string BosPiece { get; private set; } = "<s>";

    /// <summary>Name of the piece that ends a text; it need not be there.</summary>
    public string EosPiece { get; private set; } = "</s>";

    /// <summary>A space is put before the text (behind it: <see cref="SpaceIsSuffix"/>).</summary>
    public bool AddDummyPrefix { get; set; } = true;

    /// <summary>Spaces at the ends go, and of several in a row all but one.</summary>
    public bool RemoveExtraSpaces { get; private set; } = true;

    /// <summary>Spaces are U+2581 in pieces.</summary>
    public bool EscapeSpaces { get; private set; } = true;

    /// <summary>Compiled rules of replacement; empty: none.</summary>
    public byte[] CharacterMap { get; private set; } = [];

    /// <exception cref="FormatException">The bytes are no such model, or it asks for what is not supported; says what.</exception>
    public static SentencePieceFile Parse(ReadOnlySpan<byte> bytes)
    {
        SentencePieceFile file = new();
        ProtobufReader reader = new(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    file._pieces.Add(ParsePiece(reader.Content, file._pieces.Count));
                    break;
                case 2:
                    file.ParseTrainer(reader.Content);
                    break;
                case 3:
                    file.ParseNormalizer(reader.Content);
                    break;
                case 5 when HasRules(reader.Content):
                    throw new FormatException("it has a denormalizer, which is not supported");
            }
        }

        return file._pieces.Count > 0 ? file : throw new FormatException("it has no pieces");
    }

    private static Piece ParsePiece(ReadOnlySpan<byte> message, int id)
    {
        (string text, float score, PieceType type) = ("", 0, PieceType.Normal);
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    text = reader.Text();
                    break;
                case 2:
                    score = reader.Single();
                    break;
                case 3:
                    type = (PieceType)reader.Integer();
                    break;
            }
        }

        if (text.Length == 0)
            throw new FormatException($"piece {id} is empty");
        if (!Enum.IsDefined(type))
            throw new FormatException($"piece {id} '{text}' is of the type {(int)type}, 1 to 6 are known");
        return float.IsFinite(score) ? new Piece(text, score, type) : throw new FormatException($"piece {id} '{text}' has the score {score}");
    }

    private void ParseTrainer(ReadOnlySpan<byte> message)
    {
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 3:
                    Model = (PieceModel)reader.Integer() is var model && Enum.IsDefined(model)
                        ? model
                        : throw new FormatException($"its model_type is {reader.Integer()}; unigram (1) and BPE (2) are supported");
                    break;
                case 24:
                    SpaceIsSuffix = reader.Flag();
                    break;
                case 35:
                    ByteFallback = reader.Flag();
                    break;
                case 44:
                    UnknownSurface = reader.Text();
                    break;
                case 46:
                    BosPiece = reader.Text();
                    break;
                case 47:
                    EosPiece = reader.Text();
                    break;
            }
        }
    }

    private void ParseNormalizer(ReadOnlySpan<byte> message)
    {
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2:
                    CharacterMap = reader.Content.ToArray();
                    break;
                case 3:
                    AddDummyPrefix = reader.Flag();
                    break;
                case 4:
                    RemoveExtraSpaces = reader.Flag();
                    break;
                case 5:
                    EscapeSpaces = reader.Flag();
                    break;
            }
        }
    }

    private static bool HasRules(ReadOnlySpan<byte> normalizer)
    {
        ProtobufReader reader = new(normalizer);
        while (reader.Next())
        {
            if (reader.Field == 2 && reader.Content.Length > 0)
                return true;
        }

        return false;
    }
}
