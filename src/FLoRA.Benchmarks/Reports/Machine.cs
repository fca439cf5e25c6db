using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using FLoRA.Inference.Native;

namespace FLoRA.Benchmarks.Reports;

/// <summary>What the numbers were measured on.</summary>
/// <param name="Cpu">Model name.</param>
/// <param name="Cores">Processors that the process may use.</param>
/// <param name="Simd">Vector instructions.</param>
/// <param name="MemoryGiB">Of the machine.</param>
/// <param name="Gpu">Name and driver as nvidia-smi tells them; null where it is not there.</param>
/// <param name="Os">Operating system.</param>
/// <param name="DotNet">Version of the runtime.</param>
/// <param name="Libtorch">Version of libtorch.</param>
/// <param name="LoadAverage">Over the last minute: a busy machine measures little.</param>
/// <param name="Date">UTC, ISO 8601.</param>
internal sealed record Machine(string Cpu, int Cores, IReadOnlyList<string> Simd, double MemoryGiB, string? Gpu, string Os, string DotNet, string Libtorch, double LoadAverage, string Date)
{
    private const double KibPerGib = 1024 * 1024;

    /// <summary>Kernel threads of the run; null: several runs, which tell theirs.</summary>
    public int? Threads { get; init; }

    /// <summary>Plain reads of memory by that many threads, 1e9 bytes a second; null: not measured.</summary>
    public double? ReadGBPerS { get; init; }

    /// <summary>This machine, now.</summary>
    /// <exception cref="FLoRA.Inference.NativeRuntimeException">libtorch cannot be loaded.</exception>
    public static Machine Describe(TimeProvider clock) => new(
        Field("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount,
        InstructionSets.OfThisProcess(),
        Math.Round(double.Parse(Field("/proc/meminfo", "MemTotal")!.Split(' ')[0], CultureInfo.InvariantCulture) / KibPerGib, 1),
        NvidiaSmi.FirstDevice(),
        RuntimeInformation.OSDescription,
        Environment.Version.ToString(),
        LibtorchVersion.Of(NativeRuntime.EnsureLoaded()),
        double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture),
        clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture));

    /// <summary>The description for people.</summary>
    public IReadOnlyList<string> ToLines() =>
    [
        string.Create(CultureInfo.InvariantCulture, $"machine: {Cpu}, {Cores} cores ({string.Join(' ', Simd)}), {MemoryGiB} GiB{(ReadGBPerS is { } reads ? $", reads of {reads:0.0} GB/s" : "")}{(Gpu == null ? "" : $"; {Gpu}")}"),
        string.Create(CultureInfo.InvariantCulture, $"{Os}; .NET {DotNet}; libtorch {Libtorch}; {(Threads is { } threads ? $"{threads} threads; " : "")}load average {LoadAverage}"),
        Date,
    ];

    /// <summary>Lines for the head of a report.</summary>
    public string ToMarkdown() => string.Concat(ToLines().Select(line => $"- {line}\n"));

    /// <summary>The fields of the JSON object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("cpu", Cpu);
        json.WriteNumber("cores", Cores);
        json.WriteString("simd", string.Join(' ', Simd));
        json.WriteNumber("memory_gib", MemoryGiB);
        if (ReadGBPerS is { } reads)
            json.WriteNumber("read_gb_per_s", Math.Round(reads, 2));
        if (Threads is { } threads)
            json.WriteNumber("threads", threads);
        json.WriteString("gpu", Gpu);
        json.WriteString("os", Os);
        json.WriteString("dotnet", DotNet);
        json.WriteString("libtorch", Libtorch);
        json.WriteNumber("load_average", LoadAverage);
        json.WriteString("date", Date);
    }

    private static string? Field(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
}
