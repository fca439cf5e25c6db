namespace FLoRA.Inference.Models;

/// <summary>
/// From where on the tokens of a prompt are multiplied by weights that are formed under the adapter, W0 * sum_i A_i B_i^T (Wen and Chaudhuri 2024, equation 3), panel by panel, instead of taking a row each for every rank. Forming costs as
/// much as some rows of the product, once for all tokens of a chunk. Both forms round differently in the last bits, so that the choice depends on the request alone: on the model, the adapter's rows and the length of the prompt,
/// never on how the prompt is cut beside others. A token that was generated has rows, also when it is computed again.
/// </summary>
/// <param name="RowsPerRank">What forming one rank costs, in rows of the product.</param>
/// <param name="RowsFixed">What forming costs besides.</param>
internal readonly record struct PromptForming(double RowsPerRank, double RowsFixed)
{
    /// <summary>Measured for weights in eight bits (docs/LOG.md, rank in prompts).</summary>
    public static PromptForming OfEightBit { get; } = new(18, 40);

    /// <summary>The same for packed weights in float32.</summary>
    public static PromptForming OfSingle { get; } = new(5, 8);

    /// <summary>The same for torch's composition: forming passes over memory several times (docs/LOG.md, rows or a formed weight).</summary>
    public static PromptForming OfTorch { get; } = new(5, 60);

    /// <summary>On a CUDA device, where rows are next to free until products outweigh the reads of weights, some hundreds of them, and forming passes over a weight several times.</summary>
    public static PromptForming OfCuda { get; } = new(5, 1000);

    /// <summary>Whether a prompt is computed so.</summary>
    /// <param name="rows">Rows of one token in the widest module.</param>
    /// <param name="promptTokens">Length of the prompt.</param>
    public bool Suits(int rows, int promptTokens) => rows > 1 && (rows - 1) * (double)promptTokens >= (RowsPerRank * rows) + RowsFixed;
}
