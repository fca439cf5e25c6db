using static TorchSharp.torch;

namespace FLoRA.Inference.Sampling;

/// <summary>Divides the logits by the temperature. Greedy rows (temperature 0) do not ask.</summary>
internal sealed class TemperatureFilter : LogitFilter
{
    protected override bool IsAskedBy(SamplingOptions options, int vocabulary) => options.Temperature is not (0 or 1);

    /// <remarks>
    /// The row's largest logit is subtracted first, which leaves every probability as it is: the best token stays at 0
    /// and no temperature, however small, can overflow all of a row.
    /// </remarks>
    protected override Tensor Filter(Tensor logits, IReadOnlyList<SampleRow> rows) =>
        logits.sub_(logits.amax([-1], keepdim: true)).div_(Column(logits, rows, options => options.Temperature));
}
