using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FLoRA.Inference.Models.Safetensors;

namespace FLoRA.Inference.Adapters.Peft;

/// <summary>
/// adapter_model.safetensors, of which every tensor must be taken by some module: name, shape, dtype and finiteness are checked on
/// the way. Names are <c>base_model.model.[module path].[tensor]</c>.
/// </summary>
internal sealed class AdapterTensors : IDisposable
{
    private const string FileName = "adapter_model.safetensors";
    private const string PickledFileName = "adapter_model.bin";
    private const string Prefix = "base_model.model.";

    /// <summary>Far above any adapter; keeps every product of rank and width within an int.</summary>
    private const long MaxElements = 1 << 28;

    private readonly SafetensorsFile _file;
    private readonly ProblemList _problems;
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    private AdapterTensors(SafetensorsFile file, ProblemList problems)
    {
        _file = file;
        _problems = problems;
    }

    /// <summary>Numbers in the file.</summary>
    public long ParameterCount => _file.Tensors.Values.Sum(t => t.ElementCount);

    /// <summary>Opens the file of a folder; null, and a problem, where that is not possible.</summary>
    public static AdapterTensors? Open(string folder, ProblemList problems)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            problems.Add(File.Exists(Path.Combine(folder, PickledFileName))
                ? $"{FileName} is missing; {PickledFileName} is a pickle, which can run code and is not read: convert it to safetensors (load and save it with PEFT)"
                : $"{FileName} is missing");
            return null;
        }

        try
        {
            return new AdapterTensors(SafetensorsFile.Open(path), problems);
        }
        catch (SafetensorsException e)
        {
            problems.Add(e.Message);
            return null;
        }
    }

    /// <summary>Module paths that have tensors of the given names, in ordinal order.</summary>
    public IReadOnlyList<string> ModulePaths(IReadOnlyList<string> tensorNames) =>
        [.. _file.Tensors.Keys.Select(key => PathOf(key, tensorNames)).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Whether the module has any of the tensors.</summary>
    public bool HasAny(string modulePath, IReadOnlyList<string> tensorNames) => tensorNames.Any(name => _file.Tensors.ContainsKey(Key(modulePath, name)));

    /// <summary>One tensor as float32, row-major; null, and a problem, where it is missing or not as expected.</summary>
    public float[]? Take(string modulePath, string tensorName, TensorAxis first, TensorAxis second)
    {
        var key = Key(modulePath, tensorName);
        if (!_file.Tensors.TryGetValue(key, out var entry))
        {
            _problems.Add($"tensor '{key}' is missing, though its module is a target");
            return null;
        }

        _taken.Add(key);
        if (entry.Shape.Count != 2 || !Fits(entry.Shape[0], first) || !Fits(entry.Shape[1], second))
        {
            _problems.Add($"tensor '{key}' has shape {entry.ShapeText}; expected [{first}, {second}]");
            return null;
        }

        if (!entry.DType.IsSupportedFloat())
        {
            _problems.Add($"tensor '{key}' has dtype {entry.DType}; expected F32, F16 or BF16");
            return null;
        }

        if (entry.ElementCount > MaxElements)
        {
            _problems.Add($"tensor '{key}' has {entry.ElementCount} elements; at most {MaxElements} are allowed");
            return null;
        }

        return ReadFinite(entry);
    }

    /// <summary>Notes every tensor that no module took.</summary>
    /// <param name="tensorNames">Tensors that the format has.</param>
    /// <param name="isLinear">Whether a path is a linear module of the model.</param>
    public void ReportRest(IReadOnlyList<string> tensorNames, Func<string, bool> isLinear)
    {
        foreach (var key in _file.Tensors.Keys.Where(k => !_taken.Contains(k)).Order(StringComparer.Ordinal))
        {
            var path = PathOf(key, tensorNames);
            _problems.Add(
                path is null ? $"tensor '{key}' is not expected; the tensors of this kind are {Prefix}<module>.{string.Join(" and ", tensorNames)}"
                : isLinear(path) ? $"tensor '{key}' belongs to module '{path}', which is not a target"
                : $"tensor '{key}' belongs to no linear layer of the model");
        }
    }

    /// <summary>SHA-256 over the configuration and every tensor's name, dtype, shape and bytes, in ordinal order; lower-case hex.</summary>
    public string ContentHash(ReadOnlySpan<byte> config)
    {
        const int partBytes = 1 << 16;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AppendLength(hash, config.Length);
        hash.AppendData(config);
        var part = new byte[partBytes];
        foreach (var entry in _file.Tensors.Values.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            var label = Encoding.UTF8.GetBytes($"{entry.Name}\0{entry.DType}{entry.ShapeText}");
            AppendLength(hash, label.Length);
            hash.AppendData(label);
            for (long start = 0; start < entry.ByteLength; start += partBytes)
            {
                var bytes = part.AsSpan(0, (int)Math.Min(partBytes, entry.ByteLength - start));
                _file.Read(entry, start, bytes);
                hash.AppendData(bytes);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private static string Key(string modulePath, string tensorName) => $"{Prefix}{modulePath}.{tensorName}";

    private static string? PathOf(string key, IReadOnlyList<string> tensorNames)
    {
        if (!key.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        var rest = key[Prefix.Length..];
        var name = tensorNames.FirstOrDefault(n => rest.Length > n.Length + 1 && rest.EndsWith("." + n, StringComparison.Ordinal));
        return name is null ? null : rest[..^(name.Length + 1)];
    }

    private static bool Fits(long length, TensorAxis axis) => axis.Length is null ? length >= 1 : length == axis.Length;

    private static void AppendLength(IncrementalHash hash, int length)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        hash.AppendData(bytes);
    }

    private float[]? ReadFinite(TensorEntry entry)
    {
        var values = _file.ReadFloats(entry);
        var bad = Array.FindIndex(values, v => !float.IsFinite(v));
        if (bad < 0)
            return values;
        var columns = (int)entry.Shape[1];
        _problems.Add($"tensor '{entry.Name}' has {(float.IsNaN(values[bad]) ? "a NaN" : "an infinity")} at [{bad / columns}, {bad % columns}]");
        return null;
    }
}
