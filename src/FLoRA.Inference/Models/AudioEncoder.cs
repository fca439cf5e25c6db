using FLoRA.Inference.Adapters;
using FLoRA.Inference.Scheduling;
using static TorchSharp.torch;

namespace FLoRA.Inference.Models;

/// <summary>
/// Whisper's encoder, a unit at a time, for several recordings at once: unit i is layer i (the first with the convolutions before it, the last
/// with the norm after it); then come the keys and values of the decoder's cross-attention, a few layers per unit, written to cache blocks. The
/// hidden state between two units is kept here. Used by the engine thread only.
/// </summary>
/// <param name="blueprint">The model; has an encoder.</param>
/// <param name="pass">The mathematics; owned.</param>
internal sealed class AudioEncoder(DecoderBlueprint blueprint, IEncoderPass pass) : IDisposable
{
    /// <summary>Decoder layers whose keys and values are one unit: about the work of one encoder layer.</summary>
    public const int CrossLayersPerUnit = 4;

    private readonly int _layerCount = blueprint.Encoder!.Layers.Count;
    private readonly Dictionary<AudioEncoding, Tensor> _hidden = [];

    /// <summary>Units of work for one recording.</summary>
    public static int UnitCount(DecoderBlueprint blueprint) =>
        blueprint.Encoder!.Layers.Count + ((blueprint.Layers.Count + CrossLayersPerUnit - 1) / CrossLayersPerUnit);

    /// <summary>Takes recordings one unit further, all from the same unit. Those with one adapter stand side by side in the list.</summary>
    /// <exception cref="Exception">What libtorch throws; the recordings' states are lost then.</exception>
    public void Run(IReadOnlyList<(AudioEncoding Encoding, InstalledAdapter? Adapter)> recordings)
    {
        using var scope = NewDisposeScope();
        AudioEncoding[] encodings = [.. recordings.Select(r => r.Encoding)];
        InstalledAdapter?[] adapters = [.. recordings.Select(r => r.Adapter)];
        int unit = encodings[0].CompletedUnits;
        Tensor[] hidden = unit == 0 ? pass.Convolve([.. encodings.Select(e => e.Audio!)]) : [.. encodings.Select(e => _hidden[e])];
        if (unit < _layerCount)
        {
            Keep(encodings, pass.Layer(unit, hidden, adapters));
            return;
        }

        int first = (unit - _layerCount) * CrossLayersPerUnit, end = Math.Min(first + CrossLayersPerUnit, blueprint.Layers.Count);
        pass.WriteKeysAndValues(first, end, hidden, encodings, adapters);
        if (end == blueprint.Layers.Count)
            Array.ForEach(encodings, Forget);
    }

    /// <summary>Frees the states of recordings that are not on their way any more.</summary>
    public void Sweep()
    {
        foreach (AudioEncoding encoding in _hidden.Keys.Where(e => e.CompletedUnits == 0 || e.IsReady).ToArray())
            Forget(encoding);
    }

    /// <summary>The encoder's result after its last norm, [positions, hidden], for tests; float32 in the current dispose scope.</summary>
    public Tensor Encode(AudioInput audio, InstalledAdapter? adapter)
    {
        Tensor[] hidden = pass.Convolve([audio]);
        for (int layer = 0; layer < _layerCount; layer++)
            hidden = pass.Layer(layer, hidden, [adapter]);
        return hidden[0].to(ScalarType.Float32);
    }

    /// <summary>An adapter is not used any more.</summary>
    public void Forget(InstalledAdapter adapter) => pass.Forget(adapter);

    public void Dispose()
    {
        foreach (Tensor hidden in _hidden.Values)
            hidden.Dispose();
        pass.Dispose();
    }

    private void Keep(AudioEncoding[] encodings, Tensor[] hidden)
    {
        for (int i = 0; i < encodings.Length; i++)
        {
            if (_hidden.TryGetValue(encodings[i], out Tensor? before) && ReferenceEquals(before, hidden[i]))
                continue; // computed in place
            Forget(encodings[i]);
            _hidden[encodings[i]] = hidden[i].DetachFromDisposeScope();
        }
    }

    private void Forget(AudioEncoding encoding)
    {
        if (_hidden.Remove(encoding, out Tensor? state))
            state.Dispose();
    }
}
