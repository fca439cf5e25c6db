namespace FLoRA.Inference.Execution;

/// <summary>Gathers a score request's log-probabilities over its chunks; a preempted one writes the same numbers again.</summary>
internal sealed class ScoreCollector(int tokenCount)
{
    private readonly float[] _logprobs = new float[tokenCount - 1];
    private readonly TaskCompletionSource<ScoreResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where alignments go; null: none is asked for.</summary>
    public AlignmentCollector? Alignment { get; init; }

    /// <summary>The result, or the exception that ended the request.</summary>
    public Task<ScoreResult> Result => _completion.Task;

    /// <summary>Takes the numbers after positions [start, start + count).</summary>
    public void Add(int start, float[] logprobs) => logprobs.CopyTo(_logprobs, start);

    /// <summary>All is there.</summary>
    public void Complete((int Id, float Logit)[] top) => _completion.TrySetResult(new ScoreResult(_logprobs, top));

    /// <summary>The request ended otherwise.</summary>
    public void Fail(Exception exception) => _completion.TrySetException(exception);
}
