namespace FLoRA.Inference.Text.Tokenization.SentencePiece;

/// <summary>What a piece is for; the numbers are the file's.</summary>
internal enum PieceType
{
    /// <summary>Text.</summary>
    Normal = 1,

    /// <summary>Stands for what no other piece expresses.</summary>
    Unknown = 2,

    /// <summary>Has no text, such as the begin of a sentence.</summary>
    Control = 3,

    /// <summary>Text that is always this piece and never merged.</summary>
    UserDefined = 4,

    /// <summary>Text that only merges pass through.</summary>
    Unused = 5,

    /// <summary>One byte.</summary>
    Byte = 6,
}

/// <summary>One entry of the vocabulary; its id is its place.</summary>
/// <param name="Text">With U+2581 for spaces.</param>
/// <param name="Score">Higher goes first.</param>
/// <param name="Type">What it is for.</param>
internal readonly record struct Piece(string Text, float Score, PieceType Type);
