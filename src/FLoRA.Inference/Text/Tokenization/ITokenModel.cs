namespace FLoRA.Inference.Text.Tokenization;

/// <summary>From a piece of text to ids, when the text has been normalised and cut. Thread-safe.</summary>
internal interface ITokenModel
{
    /// <summary>Appends the ids of a piece, which has no lone surrogates.</summary>
    /// <exception cref="InvalidRequestException">The vocabulary cannot express a part of it.</exception>
    void Encode(ReadOnlySpan<char> piece, List<int> ids);
}
