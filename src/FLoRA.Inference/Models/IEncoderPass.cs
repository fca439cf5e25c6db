using FLoRA.Inference.Adapters;
using FLoRA.Inference.Scheduling;
using static TorchSharp.torch;

namespace FLoRA.Inference.Models;

/// <summary>The mathematics of an audio encoder. A recording's hidden state is a tensor [positions, hidden] of its own. Used by the engine thread only.</summary>
internal interface IEncoderPass : IDisposable
{
    /// <summary>Log-mel frames -> hidden states before the first layer, in the current dispose scope.</summary>
    Tensor[] Convolve(IReadOnlyList<AudioInput> recordings);

    /// <summary>Through a layer; behind the last one comes the last norm. The results, in the current dispose scope, may be the tensors that were given.</summary>
    /// <param name="layer">Number of the layer.</param>
    /// <param name="hidden">Hidden states; not needed afterwards.</param>
    /// <param name="adapters">Their adapters; equal ones stand side by side.</param>
    Tensor[] Layer(int layer, Tensor[] hidden, IReadOnlyList<InstalledAdapter?> adapters);

    /// <summary>Writes keys and values of cross-attention to the recordings' cache blocks.</summary>
    /// <param name="first">First decoder layer.</param>
    /// <param name="end">Behind the last one.</param>
    /// <param name="hidden">The encoder's results.</param>
    /// <param name="encodings">Whose they are.</param>
    /// <param name="adapters">Their adapters; equal ones stand side by side.</param>
    void WriteKeysAndValues(int first, int end, Tensor[] hidden, IReadOnlyList<AudioEncoding> encodings, IReadOnlyList<InstalledAdapter?> adapters);

    /// <summary>An adapter is not used any more.</summary>
    void Forget(InstalledAdapter adapter);
}
