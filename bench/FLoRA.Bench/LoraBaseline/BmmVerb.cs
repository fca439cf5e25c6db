using System.CommandLine;
using FLoRA.Bench.Common;
using FLoRA.Benchmarks.Reports;
using static TorchSharp.torch;

namespace FLoRA.Bench.LoraBaseline;

/// <summary><c>bmm</c>: where fLoRA's rows beat LoRA by batched products, predicted and seen.</summary>
internal static class BmmVerb
{
    public static Command Create()
    {
        Command command = new("bmm", "One linear layer: fLoRA rows against LoRA by torch.bmm over widths, batches and ranks.");
        Option<int> threads = Positive.Option("--threads", "Kernel threads.", Environment.ProcessorCount);
        Option<int> rounds = Positive.Option("--rounds", "Samples of every form.", 15);
        Option<int[]> widths = Numbers("--widths", "Widths d.", [192, 768, 2048]);
        Option<int[]> batches = Numbers("--batches", "Sequences.", [1, 8, 32]);
        Option<int[]> ranks = Numbers("--ranks", "Ranks.", [1, 2, 4, 8, 16]);
        Option<string> device = new("--device") { Description = "cpu or cuda.", DefaultValueFactory = _ => "cpu" };
        foreach (Option option in (Option[])[threads, rounds, widths, batches, ranks, device])
            command.Add(option);
        ReportFlags report = new(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Machine machine = Machine.Describe(TimeProvider.System);
            IReadOnlyList<Cell> cells = Measure(
                Resolve(parsed.GetValue(device)!), parsed.GetValue(threads), parsed.GetValue(rounds), parsed.GetValue(widths)!, parsed.GetValue(batches)!, [.. parsed.GetValue(ranks)!.Order()], cancellationToken);
            var result = new BmmReport(machine, parsed.GetValue(device)!, parsed.GetValue(threads), parsed.GetValue(rounds), cells);
            await report.WriteAsync(parsed, result.ToMarkdown(), result, cancellationToken);
            return 0;
        });
        return command;
    }

    private static List<Cell> Measure(Device device, int threads, int rounds, int[] widths, int[] batches, int[] ranks, CancellationToken cancellationToken)
    {
        set_num_threads(threads);
        using IDisposable noGradients = inference_mode();
        var timer = new CellTimer(device, rounds);
        var cells = new List<Cell>();
        foreach ((int width, int batch, int rank) in from w in widths from b in batches from r in ranks select (w, b, r))
        {
            cancellationToken.ThrowIfCancellationRequested();
            cells.Add(timer.Measure(width, batch, rank));
            Console.Error.WriteLine($"width {width}, batch {batch}, rank {rank}");
        }

        return cells;
    }

    private static Device Resolve(string device) => device switch
    {
        "cpu" => CPU,
        "cuda" when cuda.is_available() => CUDA,
        "cuda" => throw new ArgumentException("--device: cuda was asked for, but libtorch sees no CUDA device."),
        _ => throw new ArgumentException($"--device: expected cpu or cuda, got '{device}'."),
    };

    private static Option<int[]> Numbers(string name, string description, int[] values) => new(name)
    {
        Description = $"{description} Default: {string.Join(' ', values)}.",
        HelpName = "N",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => values,
    };
}
