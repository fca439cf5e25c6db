using System.Text;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// U+FFFD for each byte that is not UTF-8, as SentencePiece and byte fallback decode; .NET's own way is one for each invalid sequence.
/// </summary>
internal sealed class ReplacementPerByte : DecoderFallback
{
    private const char Replacement = '\uFFFD';

    // A sequence that is cut short has three bytes at most.
    public override int MaxCharCount => 3;

    /// <summary>UTF-8 with this rule.</summary>
    public static Encoding Utf8 { get; } = Encoding.GetEncoding("utf-8", EncoderFallback.ReplacementFallback, new ReplacementPerByte());

    public override DecoderFallbackBuffer CreateFallbackBuffer() => new Buffer();

    private sealed class Buffer : DecoderFallbackBuffer
    {
        private int _given, _count;

        public override int Remaining => _count - _given;

        public override bool Fallback(byte[] bytesUnknown, int index)
        {
            (_given, _count) = (0, bytesUnknown.Length);
            return true;
        }

        public override char GetNextChar()
        {
            if (_given == _count)
                return '\0';
            _given++;
            return Replacement;
        }

        public override bool MovePrevious()
        {
            if (_given == 0)
                return false;
            _given--;
            return true;
        }

        public override void Reset() => (_given, _count) = (0, 0);
    }
}
