using System.Globalization;
using System.Text.Json.Serialization;
using FLoRA.Benchmarks.Reports;

namespace FLoRA.Bench.LoraBaseline;

/// <summary>fLoRA's rows against LoRA by batched products.</summary>
internal sealed record BmmReport(Machine Machine, string Device, int Threads, int Rounds, IReadOnlyList<Cell> Cells)
{
    /// <summary>Per width and batch; kept out of the JSON, which cannot say infinite: it follows from the cells.</summary>
    [JsonIgnore]
    public IReadOnlyList<Crossover> Crossovers =>
        [.. Cells.GroupBy(cell => (cell.Width, cell.Batch)).Select(group => Crossover.Of([.. group.OrderBy(cell => cell.Rank)]))];

    public string ToMarkdown() => string.Create(CultureInfo.InvariantCulture, $"""
        # One linear layer: fLoRA rows against LoRA by torch.bmm ({Device}, {Threads} threads, float32)

        {Machine.ToMarkdown()}
        Every sequence has an adapter of its own and computes one token. Microseconds per call, median of {Rounds} interleaved samples.
        "bmm" is the paper's baseline, "engine LoRA" the same adapter in the engine's layer; the last column is below 1 where fLoRA wins.

        {Times()}
        The paper's rule: fLoRA is no slower iff 2 c1 / (d c2) + 1 / r >= 1; c1 and c2 are measured here, nanoseconds per multiply-add.
        The rule takes r rows to cost r times one row, and an adapter's own products to grow with its rank alone; what was seen need not follow it where calls are short.

        {Ranks()}
        """);

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private string Times()
    {
        var table = new MarkdownTable("width", "batch", "rank", "base", "fLoRA", "bmm", "engine LoRA", "fLoRA / bmm");
        foreach (Cell cell in Cells)
        {
            table.Add(
                $"{cell.Width}", $"{cell.Batch}", $"{cell.Rank}", Number(cell.Base, "0.0"), Number(cell.Flora, "0.0"), Number(cell.BmmLora, "0.0"),
                Number(cell.EngineLora, "0.0"), Number(cell.Flora / cell.BmmLora, "0.00"));
        }

        return table.ToString();
    }

    private string Ranks()
    {
        var table = new MarkdownTable("width", "batch", "c2, ns", "c1, ns", "2 c1 / (d c2)", "largest rank predicted", "seen");
        foreach (Crossover c in Crossovers)
        {
            table.Add(
                $"{c.Width}", $"{c.Batch}", Number(c.DenseNanoseconds, "0.0000"), Number(c.BmmNanoseconds, "0.0000"),
                Number(2 * c.BmmNanoseconds / (c.Width * c.DenseNanoseconds), "0.00"),
                double.IsInfinity(c.PredictedRank) ? "any" : Number(c.PredictedRank, "0.0"),
                c.SeenRank == c.LargestRank ? $">= {c.SeenRank}" : c.SeenRank == 0 ? "none" : $"{c.SeenRank}");
        }

        return table.ToString();
    }
}
