using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Scheduling;
using static TorchSharp.torch;

namespace FLoRA.Inference.Models;

/// <summary>
/// Whisper's encoder, a unit at a time, for several recordings at once: unit i is layer i (the first with the convolutions before it, the last
/// with the norm after it); then come the keys and values of the decoder's cross-attention, a few layers per unit, written to cache blocks. The
/// hidden state between two units is kept here. Used by the engine thread only.
/// </summary>
internal sealed class AudioEncoder : IDisposable
{
    /// <summary>Decoder layers whose keys and values are one unit: about the work of one encoder layer.</summary>
    private const int CrossLayersPerUnit = 4;

    /// <summary>Weights formed for adapters that are kept: all of some tens of adapters for a small model, few layers of a large one.</summary>
    private const long FormedByteBudget = 128L << 20;

    private readonly DecoderBlueprint _blueprint;
    private readonly AudioEncoderBlueprint _encoder;
    private readonly DecoderWeights _weights;
    private readonly KvCache _cache;
    private readonly AudioEncoderLayer[] _layers;
    private readonly EncoderLinear[] _crossKeyValues;
    private readonly Norm _finalNorm;
    private readonly ScalarType _dtype;
    private readonly Device _device;
    private readonly Dictionary<AudioEncoding, Tensor> _hidden = [];
    private readonly FormedWeights _formed = new(FormedByteBudget);

    /// <param name="blueprint">The model; has an encoder.</param>
    /// <param name="weights">Its tensors; not owned.</param>
    /// <param name="cache">Where keys and values go; not owned.</param>
    /// <param name="bank">The installed adapters; not owned.</param>
    /// <param name="product">x W^T + b.</param>
    /// <param name="dtype">The engine's type.</param>
    /// <param name="device">Where.</param>
    public AudioEncoder(DecoderBlueprint blueprint, DecoderWeights weights, KvCache cache, AdapterBank bank, MatrixProduct product, ScalarType dtype, Device device)
    {
        _blueprint = blueprint;
        _encoder = blueprint.Encoder!;
        _weights = weights;
        _cache = cache;
        _dtype = dtype;
        _device = device;
        AudioEncoderWeights own = weights.Encoder!;
        int next = 0;
        _crossKeyValues = new EncoderLinear[blueprint.Layers.Count];
        for (int l = 0; l < _crossKeyValues.Length; l++)
        {
            foreach (StackedLinear stacked in weights.Layers[l].Linears)
            {
                if (ReferenceEquals(stacked, weights.Layers[l].Cross!.KeyValue))
                    _crossKeyValues[l] = new EncoderLinear(stacked, next, bank, product, _encoder.Positions, _formed);
                next += stacked.Blueprint.Modules.Count;
            }
        }

        _layers = new AudioEncoderLayer[_encoder.Layers.Count];
        for (int l = 0; l < _layers.Length; l++)
        {
            _layers[l] = new AudioEncoderLayer(blueprint, own.Layers[l], next, bank, product, _formed);
            next += _encoder.Layers[l].Modules.Count();
        }

        _finalNorm = new Norm(blueprint.Norm, own.FinalNorm.Weight, own.FinalNorm.Bias, blueprint.NormEpsilon);
    }

    /// <summary>Units of work for one recording.</summary>
    public static int UnitCount(DecoderBlueprint blueprint) =>
        blueprint.Encoder!.Layers.Count + ((blueprint.Layers.Count + CrossLayersPerUnit - 1) / CrossLayersPerUnit);

    /// <summary>Takes recordings one unit further, all from the same unit. Those with one adapter stand side by side in the list.</summary>
    /// <exception cref="Exception">What libtorch throws; the recordings' states are lost then.</exception>
    public void Run(IReadOnlyList<(AudioEncoding Encoding, InstalledAdapter? Adapter)> recordings)
    {
        using var scope = NewDisposeScope();
        int unit = recordings[0].Encoding.CompletedUnits;
        var groups = AdapterGroups(recordings);
        Tensor hidden = unit == 0 ? Convolve([.. recordings.Select(r => r.Encoding.Audio!)]) : cat([.. recordings.Select(r => _hidden[r.Encoding])], 0);
        if (unit < _layers.Length)
        {
            hidden = _layers[unit].Forward(hidden, groups);
            if (unit == _layers.Length - 1)
                hidden = _finalNorm.Apply(hidden);
            Keep(recordings, hidden);
            return;
        }

        int first = (unit - _layers.Length) * CrossLayersPerUnit, end = Math.Min(first + CrossLayersPerUnit, _crossKeyValues.Length);
        Tensor slots = Slots(recordings);
        for (int l = first; l < end; l++)
        {
            Tensor keysAndValues = _crossKeyValues[l].Forward(hidden, groups, null);
            _cache.Rows(l).index_copy_(0, slots, keysAndValues.reshape(2L * keysAndValues.size(0), -1));
        }

        if (end == _crossKeyValues.Length)
        {
            foreach ((AudioEncoding encoding, _) in recordings)
                Forget(encoding);
        }
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
        AdapterGroup[] group = [new AdapterGroup(adapter, 0, _encoder.Positions)];
        Tensor hidden = Convolve([audio]);
        foreach (AudioEncoderLayer layer in _layers)
            hidden = layer.Forward(hidden, group);
        return _finalNorm.Apply(hidden).to(ScalarType.Float32);
    }

    /// <summary>An adapter is not used any more.</summary>
    public void Forget(InstalledAdapter adapter) => _formed.Forget(adapter);

    public void Dispose()
    {
        foreach (Tensor hidden in _hidden.Values)
            hidden.Dispose();
        _formed.Dispose();
        foreach (EncoderLinear linear in _crossKeyValues)
            linear.Dispose();
        foreach (AudioEncoderLayer layer in _layers)
            layer.Dispose();
        _finalNorm.Dispose();
    }

    private List<AdapterGroup> AdapterGroups(IReadOnlyList<(AudioEncoding Encoding, InstalledAdapter? Adapter)> recordings)
    {
        var groups = new List<AdapterGroup>();
        for (int i = 0; i < recordings.Count; i++)
        {
            if (groups.Count > 0 && ReferenceEquals(groups[^1].Adapter, recordings[i].Adapter))
                groups[^1] = groups[^1] with { PositionCount = groups[^1].PositionCount + _encoder.Positions };
            else
                groups.Add(new AdapterGroup(recordings[i].Adapter, i * _encoder.Positions, _encoder.Positions));
        }

        return groups;
    }

    /// <summary>Log-mel frames -> [recordings x positions, hidden]. The non-linearity is gelu here, whatever the layers have.</summary>
    private Tensor Convolve(IReadOnlyList<AudioInput> recordings)
    {
        AudioEncoderWeights own = _weights.Encoder!;
        Tensor host = empty(recordings.Count, _encoder.MelBins, _encoder.Frames, dtype: ScalarType.Float32);
        Span<float> values = HostMemory.Elements<float>(host);
        for (int i = 0; i < recordings.Count; i++)
            recordings[i].LogMel.CopyTo(values[(i * recordings[i].LogMel.Length)..]);
        Tensor mel = host.to(_dtype).to(_device);
        Tensor first = Activation.Apply(ActivationKind.Gelu, nn.functional.conv1d(mel, own.FirstConvolution.Weight, own.FirstConvolution.Bias, padding: 1));
        Tensor second = Activation.Apply(ActivationKind.Gelu, nn.functional.conv1d(first, own.SecondConvolution.Weight, own.SecondConvolution.Bias, stride: 2, padding: 1));
        return second.transpose(1, 2).add(own.Positions).reshape(-1, _blueprint.HiddenSize);
    }

    private void Keep(IReadOnlyList<(AudioEncoding Encoding, InstalledAdapter? Adapter)> recordings, Tensor hidden)
    {
        for (int i = 0; i < recordings.Count; i++)
        {
            Forget(recordings[i].Encoding);
            // A copy of its own: a view would keep the others' states alive.
            Tensor own = hidden.narrow(0, (long)i * _encoder.Positions, _encoder.Positions);
            _hidden[recordings[i].Encoding] = (recordings.Count == 1 ? own : own.clone()).DetachFromDisposeScope();
        }
    }

    private void Forget(AudioEncoding encoding)
    {
        if (_hidden.Remove(encoding, out Tensor? state))
            state.Dispose();
    }

    /// <summary>int64 [2 x recordings x positions]: cache row of each position's key, then of its value.</summary>
    private Tensor Slots(IReadOnlyList<(AudioEncoding Encoding, InstalledAdapter? Adapter)> recordings)
    {
        var slots = new long[2L * recordings.Count * _encoder.Positions];
        int next = 0;
        foreach ((AudioEncoding encoding, _) in recordings)
        {
            for (int position = 0; position < _encoder.Positions; position++)
            {
                long key = _cache.KeyRow(encoding.Blocks[position / _cache.BlockTokens], position % _cache.BlockTokens);
                slots[next++] = key;
                slots[next++] = key + _cache.BlockTokens;
            }
        }

        return tensor(slots, device: _device);
    }
}
