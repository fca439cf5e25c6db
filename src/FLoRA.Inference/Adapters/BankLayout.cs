using FLoRA.Inference.Kernels.Cpu.Packed.Int8;
using FLoRA.Inference.Models;
using TorchSharp;

namespace FLoRA.Inference.Adapters;

/// <summary>How adapters lie in a model's bank: which modules there are, and the types. No memory of its own; any thread.</summary>
internal sealed class BankLayout
{
    private readonly ModuleBlueprint[] _modules;
    private readonly Dictionary<string, int> _indices;

    /// <param name="modules">Every linear module, in the blueprint's order.</param>
    /// <param name="types">Types of the bank.</param>
    /// <param name="keepsNumbers">True: images keep the float32 numbers, which the encoder in eight bits forms weights from.</param>
    public BankLayout(IEnumerable<ModuleBlueprint> modules, BankTypes types, bool keepsNumbers = false)
    {
        _modules = [.. modules];
        _indices = _modules.Select((m, i) => (m.Path, i)).ToDictionary(p => p.Path, p => p.i);
        Types = types;
        KeepsNumbers = keepsNumbers;
        PairForms = types.ArePairsInEightBits ? [.. _modules.Select(m => new Int8PairForm(m.InFeatures, m.OutFeatures))] : [];
    }

    /// <summary>Types of the bank.</summary>
    public BankTypes Types { get; }

    /// <summary>Modules of the model.</summary>
    public int ModuleCount => _modules.Length;

    /// <summary>Whether images keep the float32 numbers beside the bank's form.</summary>
    public bool KeepsNumbers { get; }

    /// <summary>How pairs lie in eight bits, by module; empty where they are tensors.</summary>
    public IReadOnlyList<Int8PairForm> PairForms { get; }

    /// <summary>Bytes of a scaled row that every module has a part of.</summary>
    public long ScaledRowBytes => _modules.Sum(m => (long)(m.InFeatures + m.OutFeatures) * Types.Scale.ElementSize());

    /// <summary>The same of an additive row; 0 where pairs are no tensors.</summary>
    public long PairRowBytes => Types.ArePairsInEightBits ? 0 : _modules.Sum(m => (long)(m.InFeatures + m.OutFeatures) * Types.Pair.ElementSize());

    /// <summary>The module of an index.</summary>
    public ModuleBlueprint Module(int index) => _modules[index];

    /// <summary>The index of a module of this path.</summary>
    public int IndexOf(string path) => _indices[path];

    /// <summary>Which sides <paramref name="adapter"/> scales.</summary>
    public static ModuleScales Scales(ModuleAdapter adapter) =>
        (adapter.InputScale != null ? ModuleScales.Input : 0)
        | (adapter.OutputScale != null ? ModuleScales.Output : 0)
        | (adapter.BiasScale != null ? ModuleScales.Bias : 0);
}
