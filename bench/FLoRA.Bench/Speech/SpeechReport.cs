using System.Globalization;
using FLoRA.Bench.Common;
using FLoRA.Benchmarks.Reports;
using FLoRA.Inference;

namespace FLoRA.Bench.Speech;

/// <summary>The experiment's result as it is committed.</summary>
internal sealed record SpeechReport(
    Machine Machine, ModelInfo Model, EngineInfo Engine, int Recordings, int NewTokens, IReadOnlyDictionary<string, IReadOnlyList<double>> Seconds, IReadOnlyList<Bound> Bounds)
{
    public string ToMarkdown()
    {
        var table = new MarkdownTable("arm", "recordings/s", "best", "x real time");
        double window = Model.Audio!.Frames / 100.0;
        foreach ((string name, IReadOnlyList<double> seconds) in Seconds)
        {
            double median = Statistics.Median(seconds);
            table.Add(name, Text(Recordings / median), Text(Recordings / seconds.Min()), Text(Recordings * window / median));
        }

        return string.Create(CultureInfo.InvariantCulture, $"""
            # Speech: {Model.Id}, {Engine.Device}, {Engine.DType}, {Engine.Threads} threads

            {Machine.ToMarkdown()}
            Per arm and round {Recordings} windows of {window:0} s, {NewTokens} tokens each, greedy, encoder included, features made before; {Seconds.Values.First().Count} rounds, arms interleaved, warm. Medians over the rounds.

            {table}
            Ratios are of the same round; the median is held against the bound.

            {Bound.ToMarkdown(Bounds)}
            """);
    }

    private static string Text(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
