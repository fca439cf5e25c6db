namespace FLoRA.Inference.Text.Tokenization;

/// <summary>A stage of the cut into pieces that the merges never cross. Stateless; every piece is a text of its own to the next stage.</summary>
internal interface IPreTokenizer
{
    /// <summary>Adds the pieces of <paramref name="text"/>, in order, none empty, with positions from <paramref name="offset"/> on.</summary>
    void Cut(ReadOnlySpan<char> text, int offset, List<Section> pieces);
}
