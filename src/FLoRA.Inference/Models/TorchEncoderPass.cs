using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Scheduling;
using static TorchSharp.torch;

namespace FLoRA.Inference.Models;

/// <summary>An encoder as a torch composition: any device, any type, any size. All recordings stand below one another in each product.</summary>
internal sealed class TorchEncoderPass : IEncoderPass
{
    /// <summary>Weights formed for adapters that are kept: all of some tens of adapters for a small model, few layers of a large one.</summary>
    private const long FormedByteBudget = 128L << 20;

    private readonly DecoderBlueprint _blueprint;
    private readonly AudioEncoderBlueprint _encoder;
    private readonly AudioEncoderWeights _weights;
    private readonly KvCache _cache;
    private readonly AudioEncoderLayer[] _layers;
    private readonly EncoderLinear[] _crossKeyValues;
    private readonly Norm _finalNorm;
    private readonly ScalarType _dtype;
    private readonly Device _device;
    private readonly FormedWeights _formed = new(FormedByteBudget);

    /// <param name="blueprint">The model; has an encoder.</param>
    /// <param name="weights">Its tensors; not owned.</param>
    /// <param name="cache">Where keys and values go; not owned.</param>
    /// <param name="bank">The installed adapters; not owned.</param>
    /// <param name="product">x W^T + b.</param>
    /// <param name="dtype">The engine's type.</param>
    /// <param name="device">Where.</param>
    public TorchEncoderPass(DecoderBlueprint blueprint, DecoderWeights weights, KvCache cache, AdapterBank bank, MatrixProduct product, ScalarType dtype, Device device)
    {
        _blueprint = blueprint;
        _encoder = blueprint.Encoder!;
        _weights = weights.Encoder!;
        _cache = cache;
        _dtype = dtype;
        _device = device;
        _crossKeyValues = [.. EncoderModules.CrossKeyValues(weights).Select(m => new EncoderLinear(m.Linear, m.FirstModule, bank, product, _encoder.Positions, _formed))];
        _layers = [.. EncoderModules.Layers(blueprint, weights).Select(m => new AudioEncoderLayer(blueprint, m.Layer, m.FirstModule, bank, product, _formed))];
        _finalNorm = new Norm(blueprint.Norm, _weights.FinalNorm.Weight, _weights.FinalNorm.Bias, blueprint.NormEpsilon);
    }

    /// <inheritdoc/>
    public Tensor[] Convolve(IReadOnlyList<AudioInput> recordings)
    {
        Tensor host = empty(recordings.Count, _encoder.MelBins, _encoder.Frames, dtype: ScalarType.Float32);
        Span<float> values = HostMemory.Elements<float>(host);
        for (int i = 0; i < recordings.Count; i++)
            recordings[i].LogMel.CopyTo(values[(i * recordings[i].LogMel.Length)..]);
        Tensor mel = host.to(_dtype).to(_device);

        // Gelu here, whatever the layers have.
        Tensor first = Activation.Apply(ActivationKind.Gelu, nn.functional.conv1d(mel, _weights.FirstConvolution.Weight, _weights.FirstConvolution.Bias, padding: 1));
        Tensor second = Activation.Apply(ActivationKind.Gelu, nn.functional.conv1d(first, _weights.SecondConvolution.Weight!, _weights.SecondConvolution.Bias, stride: 2, padding: 1));
        return Apart(second.transpose(1, 2).add(_weights.Positions).reshape(-1, _blueprint.HiddenSize), recordings.Count);
    }

    /// <inheritdoc/>
    public Tensor[] Layer(int layer, Tensor[] hidden, IReadOnlyList<InstalledAdapter?> adapters)
    {
        Tensor result = _layers[layer].Forward(Together(hidden), AdapterGroups(adapters));
        return Apart(layer == _layers.Length - 1 ? _finalNorm.Apply(result) : result, hidden.Length);
    }

    /// <inheritdoc/>
    public void WriteKeysAndValues(int first, int end, Tensor[] hidden, IReadOnlyList<AudioEncoding> encodings, IReadOnlyList<InstalledAdapter?> adapters)
    {
        Tensor slots = Slots(encodings), together = Together(hidden);
        List<AdapterGroup> groups = AdapterGroups(adapters);
        for (int l = first; l < end; l++)
        {
            Tensor keysAndValues = _crossKeyValues[l].Forward(together, groups, null);
            _cache.Rows(l).index_copy_(0, slots, keysAndValues.reshape(2L * keysAndValues.size(0), -1));
        }
    }

    /// <inheritdoc/>
    public void Forget(InstalledAdapter adapter) => _formed.Forget(adapter);

    public void Dispose()
    {
        _formed.Dispose();
        foreach (EncoderLinear linear in _crossKeyValues)
            linear.Dispose();
        foreach (AudioEncoderLayer layer in _layers)
            layer.Dispose();
        _finalNorm.Dispose();
    }

    private static Tensor Together(Tensor[] hidden) => hidden.Length == 1 ? hidden[0] : cat(hidden, 0);

    /// <summary>Copies of their own: views would keep the others' states alive.</summary>
    private Tensor[] Apart(Tensor hidden, int recordings) =>
        recordings == 1 ? [hidden] : [.. Enumerable.Range(0, recordings).Select(i => hidden.narrow(0, (long)i * _encoder.Positions, _encoder.Positions).clone())];

    private List<AdapterGroup> AdapterGroups(IReadOnlyList<InstalledAdapter?> adapters)
    {
        var groups = new List<AdapterGroup>();
        for (int i = 0; i < adapters.Count; i++)
        {
            if (groups.Count > 0 && ReferenceEquals(groups[^1].Adapter, adapters[i]))
                groups[^1] = groups[^1] with { PositionCount = groups[^1].PositionCount + _encoder.Positions };
            else
                groups.Add(new AdapterGroup(adapters[i], i * _encoder.Positions, _encoder.Positions));
        }

        return groups;
    }

    /// <summary>int64 [2 x recordings x positions]: cache row of each position's key, then of its value.</summary>
    private Tensor Slots(IReadOnlyList<AudioEncoding> encodings)
    {
        var slots = new long[2L * encodings.Count * _encoder.Positions];
        int next = 0;
        foreach (AudioEncoding encoding in encodings)
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
