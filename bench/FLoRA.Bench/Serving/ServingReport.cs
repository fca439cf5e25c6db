using System.Globalization;
using FLoRA.Bench.Common;
using FLoRA.Benchmarks.Reports;
using FLoRA.Inference;

namespace FLoRA.Bench.Serving;

/// <summary>The experiment's result as it is committed.</summary>
internal sealed record ServingReport(
    Machine Machine, ModelInfo Model, EngineInfo Engine, int Prompts, double MeanPromptTokens, int NewTokens,
    IReadOnlyDictionary<string, IReadOnlyList<Round>> Arms, IReadOnlyList<Bound> Bounds)
{
    public string ToMarkdown() => string.Create(CultureInfo.InvariantCulture, $"""
        # Serving: {Model.Id}, {Engine.Device}, {Engine.DType}, {Engine.Threads} threads

        {Machine.ToMarkdown()}
        Per arm and round {Prompts} prompts (mean {MeanPromptTokens:0.0} tokens), {NewTokens} new tokens each, greedy; {Arms.Values.First().Count} rounds, arms interleaved, warm.
        Medians over the rounds. A step is wall time over steps, so what lies between steps counts as outside the forward{(Engine.Device == "cpu" ? "" : "; on this device the forward is only launched, so that share tells nothing")}.

        {Table()}
        Ratios are of the same round; the median is held against the bound.

        {Bound.ToMarkdown(Bounds)}
        """);

    private string Table()
    {
        var table = new MarkdownTable("arm", "tokens/s", "best", "steps/s", "ms/step", "outside forward", "in steps", "sequences/step", "bytes/step");
        foreach ((string name, IReadOnlyList<Round> rounds) in Arms)
        {
            string Median(Func<Round, double> value, string format) => Statistics.Median(rounds.Select(value)).ToString(format, CultureInfo.InvariantCulture);
            table.Add(
                name,
                Median(r => r.TokensPerSecond, "0"),
                rounds.Max(r => r.TokensPerSecond).ToString("0", CultureInfo.InvariantCulture),
                Median(r => r.StepsPerSecond, "0"),
                Median(r => r.StepMilliseconds, "0.000"),
                Median(r => r.OutsideForward, "0.0 %"),
                Median(r => r.OutsideForwardInStep, "0.0 %"),
                Median(r => r.SequencesPerStep, "0.0"),
                Median(r => r.AllocatedBytesPerStep, "0"));
        }

        return table.ToString();
    }
}
