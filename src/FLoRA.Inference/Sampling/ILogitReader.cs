using static TorchSharp.torch;

namespace FLoRA.Inference.Sampling;

/// <summary>Reads a step's logits: chosen tokens, their log-probabilities, faults.</summary>
internal interface ILogitReader
{
    /// <summary>Runs inside the caller's dispose scope.</summary>
    /// <param name="logits">Raw logits, float32 [n, vocabulary]; not changed.</param>
    /// <param name="rows">The rows for which a token is chosen.</param>
    /// <param name="logitRows">Which row of <paramref name="logits"/> each is.</param>
    LogitReadings Read(Tensor logits, IReadOnlyList<SampleRow> rows, IReadOnlyList<int> logitRows);
}

/// <summary>What a step's logits say, on the host.</summary>
/// <param name="logitRows">Rows of logits.</param>
/// <param name="sampleRows">Rows for which a token was chosen.</param>
internal sealed class LogitReadings(int logitRows, int sampleRows)
{
    /// <summary>Per row of logits: whether none is NaN or infinite.</summary>
    public bool[] Finite { get; } = new bool[logitRows];

    /// <summary>Per chosen token: its id.</summary>
    public int[] Ids { get; } = new int[sampleRows];

    /// <summary>Per chosen token: its log-probability under the raw logits, or after the rules if there are any; of no meaning where it was not asked for.</summary>
    public float[] Logprobs { get; } = new float[sampleRows];
}
