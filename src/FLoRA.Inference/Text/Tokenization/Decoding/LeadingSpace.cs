namespace FLoRA.Inference.Text.Tokenization;

/// <summary>What becomes of the space that the tokenizer itself has put before a text, when the text is decoded.</summary>
internal enum LeadingSpace
{
    /// <summary>There is none.</summary>
    Kept,

    /// <summary>One space goes, whatever token it is from (decoder Strip of tokenizer.json).</summary>
    OneOfText,

    /// <summary>One space goes where the first piece with text begins with one (SentencePiece).</summary>
    OneOfPiece,

    /// <summary>One space of each piece goes until there is text (SentencePiece without extra spaces).</summary>
    OneOfEachPiece,

    /// <summary>All spaces of the first token go (decoder Metaspace of tokenizer.json).</summary>
    AllOfFirstToken,
}

/// <summary>Applies a <see cref="LeadingSpace"/> to the tokens of one text, in order. Not thread-safe.</summary>
/// <param name="rule">The rule.</param>
/// <param name="isPiece">False for ids whose space was not put there by the tokenizer: a byte, what is unknown.</param>
internal struct LeadingSpaceTrimmer(LeadingSpace rule, Func<int, bool> isPiece)
{
    private const byte Space = (byte)' ';

    private bool _done = rule == LeadingSpace.Kept;

    /// <summary>The bytes of a token that stay.</summary>
    public ReadOnlySpan<byte> Next(int id, ReadOnlySpan<byte> bytes)
    {
        if (_done)
            return bytes;
        bool begins = bytes.StartsWith(Space) && (rule == LeadingSpace.OneOfText || isPiece(id));
        ReadOnlySpan<byte> left = !begins ? bytes : rule == LeadingSpace.AllOfFirstToken ? bytes.TrimStart(Space) : bytes[1..];
        _done = rule == LeadingSpace.AllOfFirstToken || (rule == LeadingSpace.OneOfEachPiece ? left : bytes).Length > 0;
        return left;
    }
}
