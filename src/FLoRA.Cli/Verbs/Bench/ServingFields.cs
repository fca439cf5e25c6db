using System.Text.Json;
using FLoRA.Benchmarks.Runs;
using FLoRA.Benchmarks.Serving;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary>The JSON of <c>flora bench serving</c>.</summary>
internal static class ServingFields
{
    /// <summary>The fields of one run.</summary>
    public static void Write(Utf8JsonWriter json, ServingResult result)
    {
        json.WriteNumber("tokens_per_s", Math.Round(result.TokensPerS, 2));
        json.WriteNumber("requests", result.Requests);
        json.WriteNumber("cached_prompt_tokens", result.CachedPromptTokens);
        json.WriteNumber("output_tokens", result.OutputTokens);
        json.WriteNumber("wall_s", Math.Round(result.WallS, 4));
        Write(json, "time_to_first_token_ms", result.TimeToFirstTokenMs);
        Write(json, "time_per_output_token_ms", result.TimePerOutputTokenMs);
        Write(json, "queue_ms", result.QueueMs);
        json.WriteNumber("mean_rows", Math.Round(result.MeanRows, 2));
        json.WriteNumber("mean_sequences", Math.Round(result.MeanSequences, 2));
        json.WriteNumber("peak_memory_mb", Math.Round(result.PeakMemoryMb, 1));
    }

    /// <summary>"runs", each with its kind, rank (null where the kind has none), rate (null: all at once) and number of adapters; "crossovers" and "cost_rules" per kind of LoRA.</summary>
    public static void Write(Utf8JsonWriter json, ServingReport report)
    {
        json.WriteStartArray("runs");
        foreach (ServingCell cell in report.Cells)
        {
            json.WriteStartObject();
            json.WriteString("kind", cell.Kind.Name);
            Write(json, "rank", cell.Rank);
            Write(json, "rate", cell.Run.RatePerSecond);
            json.WriteNumber("adapters", cell.Run.Adapters.Count);
            Write(json, cell.Result);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("crossovers");
        foreach (Crossover crossover in report.Crossovers)
        {
            json.WriteStartObject();
            json.WriteString("lora", crossover.Lora);
            Write(json, "rank", crossover.Rank is { } rank ? Math.Round(rank, 3) : null);
            Write(json, "flora_ahead_up_to", crossover.FloraAheadUpTo);
            Write(json, "lora_ahead_from", crossover.LoraAheadFrom);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("cost_rules");
        foreach (CostRule rule in report.CostRules)
        {
            json.WriteStartObject();
            json.WriteString("lora", rule.Lora);
            json.WriteNumber("c1_ns", Math.Round(rule.C1Nanoseconds, 8));
            json.WriteNumber("c2_ns", Math.Round(rule.C2Nanoseconds, 8));
            json.WriteNumber("d", Math.Round(rule.Width, 2));
            json.WriteNumber("two_c1_over_d_c2", Math.Round(rule.Share, 6));
            Write(json, "predicted_rank", rule.PredictedRank is { } rank ? Math.Round(rank, 3) : null);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } given)
            json.WriteNumber(name, given);
        else
            json.WriteNull(name);
    }

    /// <summary>An object of percentiles.</summary>
    public static void Write(Utf8JsonWriter json, string name, Percentiles percentiles)
    {
        json.WriteStartObject(name);
        json.WriteNumber("p50", Math.Round(percentiles.P50, 3));
        json.WriteNumber("p95", Math.Round(percentiles.P95, 3));
        json.WriteNumber("p99", Math.Round(percentiles.P99, 3));
        json.WriteEndObject();
    }
}
