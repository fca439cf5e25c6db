using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using FLoRA.Bench.Common;
using FLoRA.Benchmarks.Reports;
using FLoRA.Benchmarks.Speech;
using FLoRA.Inference;

namespace FLoRA.Bench.Speech;

/// <summary><c>real-time</c>: how long a window of 30 s takes at the published sizes of Whisper, with random weights.</summary>
internal static class RealTimeVerb
{
    private const double WindowSeconds = 30;
    private const int Frames = 3000;

    public static Command Create()
    {
        Command command = new("real-time", "Seconds for windows of 30 s at the published sizes of Whisper, with random weights in float32.");
        Option<string[]> shapes = new("--shapes")
        {
            Description = $"Sizes: {string.Join(", ", WhisperShape.All.Select(s => s.Name))}.",
            DefaultValueFactory = _ => ["tiny", "base"],
            AllowMultipleArgumentsPerToken = true,
        };
        Option<int> threads = Positive.Option("--threads", "Kernel threads.", Environment.ProcessorCount);
        Option<int> newTokens = Positive.Option("--new-tokens", "Tokens per window.", 50);
        Option<int> rounds = Positive.Option("--rounds", "Measured rounds after one that is dropped.", 3);
        foreach (Option option in (Option[])[shapes, threads, newTokens, rounds])
            command.Add(option);
        ReportFlags report = new(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var rows = new List<RealTimeRow>();
            foreach (string name in parsed.GetValue(shapes)!)
            {
                WhisperShape shape = WhisperShape.All.FirstOrDefault(s => s.Name == name)
                    ?? throw new ArgumentException($"--shapes: expected {string.Join(", ", WhisperShape.All.Select(s => s.Name))}, got '{name}'");
                await Console.Error.WriteLineAsync($"{name} ...");
                using var model = new RandomWhisper(shape);
                using Engine engine = Engine.Load(new EngineOptions { Model = model.Folder, Device = "cpu", RandomWeights = true, Threads = parsed.GetValue(threads), MaxSequences = 8 });
                foreach (int windows in (int[])[1, 4])
                    rows.Add(await MeasureAsync(engine, shape, windows, parsed.GetValue(newTokens), parsed.GetValue(rounds), cancellationToken));
            }

            await report.WriteAsync(parsed, ToMarkdown(Machine.Describe(TimeProvider.System), rows, parsed.GetValue(newTokens), parsed.GetValue(threads)), rows, cancellationToken);
            return 0;
        });
        return command;
    }

    private static async Task<RealTimeRow> MeasureAsync(Engine engine, WhisperShape shape, int windows, int newTokens, int rounds, CancellationToken cancellationToken)
    {
        var random = new Random(windows);
        var seconds = new List<double>();
        var encoded = new List<double>();
        for (int round = -1; round < rounds; round++)
        {
            AudioInput[] inputs = [.. Enumerable.Range(0, windows).Select(_ => NoiseWindow.Of(random, shape.MelBins, Frames))];
            long started = Stopwatch.GetTimestamp();
            double[] firstTokens = await Task.WhenAll(inputs.Select(input => RunAsync(engine, input, newTokens, started, cancellationToken)));
            if (round < 0)
                continue;
            seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            encoded.Add(firstTokens.Max());
        }

        return new RealTimeRow(shape.Name, engine.Model.ParameterCount, windows, Statistics.Median(encoded), Statistics.Median(seconds), windows * WindowSeconds / Statistics.Median(seconds));
    }

    private static async Task<double> RunAsync(Engine engine, AudioInput audio, int newTokens, long started, CancellationToken cancellationToken)
    {
        TokenStream stream = engine.Submit(new Request { PromptTokens = [50258, 50259, 50359, 50363], Audio = audio, MaxNewTokens = newTokens, IgnoreEos = true });
        double first = 0;
        await foreach (GeneratedToken _ in stream.WithCancellation(cancellationToken))
            first = first == 0 ? Stopwatch.GetElapsedTime(started).TotalSeconds : first;
        return first;
    }

    private static string ToMarkdown(Machine machine, List<RealTimeRow> rows, int newTokens, int threads)
    {
        var table = new MarkdownTable("size", "parameters", "windows at once", "s to the last first token", "s in all", "x real time");
        foreach (RealTimeRow row in rows)
        {
            string Text(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
            table.Add(row.Size, $"{row.Parameters / 1_000_000} M", row.Windows.ToString(CultureInfo.InvariantCulture), Text(row.EncodedSeconds), Text(row.Seconds), Text(row.RealTimeFactor));
        }

        return $"""
            # Real time: Whisper's sizes with random weights, cpu, float32, {threads} threads

            {machine.ToMarkdown()}
            Windows of 30 s, {newTokens} tokens each, greedy, features made before; medians.

            {table}
            """;
    }
}

/// <summary>One measurement.</summary>
internal sealed record RealTimeRow(string Size, long Parameters, int Windows, double EncodedSeconds, double Seconds, double RealTimeFactor);
