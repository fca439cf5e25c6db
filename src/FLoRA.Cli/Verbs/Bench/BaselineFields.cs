using System.Text.Json;
using FLoRA.Benchmarks.Baselines;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary>The "baseline" object of a result.</summary>
internal static class BaselineFields
{
    /// <summary>{"file","same_command","figures":[{"name","was","is","ratio","worse","better"}],"changed":[{"name","was","is"}],"machine":[..]}; null stands for what one of the two does not have.</summary>
    public static void Write(Utf8JsonWriter json, BaselineComparison comparison, string file)
    {
        json.WriteStartObject("baseline");
        json.WriteString("file", file);
        json.WriteBoolean("same_command", comparison.OtherCommand is null);
        json.WriteStartArray("figures");
        foreach (ComparedFigure figure in comparison.Figures)
        {
            json.WriteStartObject();
            json.WriteString("name", figure.Name);
            json.WriteNumber("was", figure.Was);
            json.WriteNumber("is", figure.Is);
            if (figure.Ratio is { } ratio)
                json.WriteNumber("ratio", Math.Round(ratio, 4));
            else
                json.WriteNull("ratio");
            json.WriteBoolean("worse", figure.IsWorse);
            json.WriteBoolean("better", figure.IsBetter);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Write(json, "changed", comparison.OtherCommand is { } command ? [command, .. comparison.Changed] : comparison.Changed);
        Write(json, "machine", comparison.OtherMachine);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<ChangedField> fields)
    {
        json.WriteStartArray(name);
        foreach (ChangedField field in fields)
        {
            json.WriteStartObject();
            json.WriteString("name", field.Name);
            json.WriteString("was", field.Was);
            json.WriteString("is", field.Is);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
