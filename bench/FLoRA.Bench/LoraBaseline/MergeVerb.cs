using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using FLoRA.Bench.Common;
using FLoRA.Benchmarks.Reports;
using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Models;
using FLoRA.Inference.Native;
using static TorchSharp.torch;

namespace FLoRA.Bench.LoraBaseline;

/// <summary><c>merge</c>: an adapted layer over the positions of a recording, as rows and with its weight formed.</summary>
internal static class MergeVerb
{
    private const int WarmupCalls = 3;

    private static readonly (int In, int Out)[] Shapes = [(128, 128), (128, 384), (384, 384), (384, 1536), (768, 3072), (1280, 1280), (1280, 5120)];

    public static Command Create()
    {
        Command command = new("merge", "One encoder layer with an adapter: rows through the base product against forming the weight, over positions and ranks.");
        Option<int> threads = Positive.Option("--threads", "Kernel threads.", Environment.ProcessorCount);
        Option<int> rounds = Positive.Option("--rounds", "Samples of every form.", 15);
        command.Add(threads);
        command.Add(rounds);
        ReportFlags report = new(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Machine machine = Machine.Describe(TimeProvider.System);
            var result = new MergeReport(machine, parsed.GetValue(threads), parsed.GetValue(rounds), Measure(parsed.GetValue(threads), parsed.GetValue(rounds), cancellationToken));
            await report.WriteAsync(parsed, result.ToMarkdown(), result, cancellationToken);
            return 0;
        });
        return command;
    }

    private static List<MergeCell> Measure(int threads, int rounds, CancellationToken cancellationToken)
    {
        TorchCpuLibrary? library = TorchCpuLibrary.TryBind(NativeRuntime.EnsureLoaded().TorchFolder);
        set_num_threads(threads);
        using IDisposable noGradients = inference_mode();
        MatrixProduct product = MatrixProduct.For(library, threads);
        var cells = new List<MergeCell>();
        foreach ((int inFeatures, int outFeatures) in Shapes)
        {
            foreach ((int positions, AdapterKind kind, int rank) in from p in (int[])[50, 150, 500, 1500] from k in (AdapterKind[])[AdapterKind.Flora, AdapterKind.Lora] from r in (int[])[1, 2, 4, 8] select (p, k, r))
            {
                cancellationToken.ThrowIfCancellationRequested();
                cells.Add(Measure(inFeatures, outFeatures, positions, kind, rank, product, rounds));
            }

            Console.Error.WriteLine($"{inFeatures} -> {outFeatures}");
        }

        return cells;
    }

    private static MergeCell Measure(int inFeatures, int outFeatures, int positions, AdapterKind kind, int rank, MatrixProduct product, int rounds)
    {
        using var scope = NewDisposeScope();
        var module = new ModuleBlueprint(RandomAdapters.Module, inFeatures, outFeatures, HasBias: true);
        Tensor bias = rand(outFeatures), x = rand(positions, inFeatures);
        var stacked = new StackedLinear(new LinearBlueprint([module]), rand(outFeatures, inFeatures), bias);
        Tensor transposed = stacked.Weight.t();
        using var bank = new AdapterBank([(module, bias.alias())], CPU, ScalarType.Float32);
        var random = new RandomAdapters(inFeatures, outFeatures, seed: rank);
        InstalledAdapter adapter = bank.Install(kind == AdapterKind.Flora ? random.Flora(rank) : random.Lora(rank));
        void Formed()
        {
            (Tensor weight, Tensor? itsBias) = MergedLinear.Form(stacked, 0, bank, adapter);
            product.Apply(x, weight, weight.t(), itsBias);
        }

        Action[] forms = [() => product.Apply(x, stacked.Weight, transposed, bias), () => RowLinear.Apply(stacked, 0, bank, product, [(x, adapter)]), Formed];
        var samples = forms.Select(_ => new List<double>()).ToArray();
        for (int round = -WarmupCalls; round < rounds; round++)
        {
            for (int form = 0; form < forms.Length; form++)
            {
                double microseconds = Microseconds(forms[form]);
                if (round >= 0)
                    samples[form].Add(microseconds);
            }
        }

        double[] medians = [.. samples.Select(s => Statistics.Median(s))];
        return new MergeCell(inFeatures, outFeatures, positions, kind.ToString(), rank, medians[0], medians[1], medians[2], MergeCost.FormsWeight(stacked.Blueprint, 0, adapter, positions));
    }

    private static double Microseconds(Action form)
    {
        using var scope = NewDisposeScope();
        long started = Stopwatch.GetTimestamp();
        form();
        return Stopwatch.GetElapsedTime(started).TotalMicroseconds;
    }
}

/// <summary>One place of the grid; microseconds per call, medians.</summary>
/// <param name="In">Width of the input.</param>
/// <param name="Out">Width of the output.</param>
/// <param name="Positions">Of the recording.</param>
/// <param name="Kind">Of the adapter.</param>
/// <param name="Rank">Of the adapter.</param>
/// <param name="Base">The product without an adapter.</param>
/// <param name="Rows">As rows.</param>
/// <param name="Formed">With the weight formed.</param>
/// <param name="ChoosesFormed">What the engine takes.</param>
internal sealed record MergeCell(int In, int Out, int Positions, string Kind, int Rank, double Base, double Rows, double Formed, bool ChoosesFormed);

/// <summary>Both forms over the grid.</summary>
internal sealed record MergeReport(Machine Machine, int Threads, int Rounds, IReadOnlyList<MergeCell> Cells)
{
    public string ToMarkdown()
    {
        var table = new MarkdownTable("in -> out", "positions", "adapter", "base", "rows / base", "formed / base", "chosen", "chosen / best");
        foreach (MergeCell c in Cells)
        {
            table.Add(
                $"{c.In} -> {c.Out}", $"{c.Positions}", $"{c.Kind} {c.Rank}", Number(c.Base, "0"), Number(c.Rows / c.Base, "0.00"), Number(c.Formed / c.Base, "0.00"),
                c.ChoosesFormed ? "formed" : "rows", Number((c.ChoosesFormed ? c.Formed : c.Rows) / Math.Min(c.Rows, c.Formed), "0.00"));
        }

        return string.Create(CultureInfo.InvariantCulture, $"""
            # One layer of an encoder with an adapter: as rows and with its weight formed ({Threads} threads, float32)

            {Machine.ToMarkdown()}
            One recording. Base in microseconds; the forms over it; medians of {Rounds} samples, the three in turn.

            {table}
            """);
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
