using static TorchSharp.torch;

namespace FLoRA.Inference.Sampling;

/// <summary>Adds the request's own numbers to the logits of the ids it names.</summary>
internal sealed class LogitBiasFilter : LogitFilter
{
    protected override bool IsAskedBy(SamplingOptions options, int vocabulary) => options.LogitBias.Count > 0;

    protected override Tensor Filter(Tensor logits, IReadOnlyList<SampleRow> rows)
    {
        long vocabulary = logits.size(1);
        List<long> positions = [];
        List<double> biases = [];
        for (int row = 0; row < rows.Count; row++)
        {
            foreach ((int id, double bias) in rows[row].Options.LogitBias)
            {
                positions.Add(row * vocabulary + id);
                biases.Add(bias);
            }
        }

        Tensor index = tensor(positions.ToArray(), device: logits.device);
        Tensor flat = logits.view(-1);
        flat.index_copy_(0, index, flat.index_select(0, index).add_(tensor(biases.ToArray(), device: logits.device)));
        return logits;
    }
}
