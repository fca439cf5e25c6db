using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FLoRA.Benchmarks.Quality;
using FLoRA.Benchmarks.Reports;
using FLoRA.Cli.Loading;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary><c>flora bench quality</c>: what rounding the weights does to the next-token distributions.</summary>
internal static class QualityVerb
{
    public static Command Create(Terminal terminal)
    {
        Option<string> model = new("--model") { Description = "Folder of a model of text.", HelpName = "DIR", Required = true };
        Option<string[]> cases = new("--cases") { Description = "Stored texts; default: cases.json in the model's folder or beside it.", HelpName = "FILE" };
        Option<string?> adapters = new("--adapters") { Description = "Folder with a sub-folder per adapter; default: the folder 'adapters' beside the cases.", HelpName = "DIR" };
        Option<string> dtype = Words.Option("--dtype", "The type that is held against float32.", "int8", "float32", "bfloat16", "float16");
        Option<int?> threads = WholeNumber.Option("--threads", "Kernel threads; default: the number of processors.");
        Command command = new("quality", "The same model in another type against float32, along stored texts: KL divergence and how often both choose the same token.") { model, cases, adapters, dtype, threads };
        new ResultFlags(command, terminal).SetAction(async (parsed, _) =>
        {
            string folder = parsed.GetRequiredValue(model);
            string[] files = parsed.GetValue(cases) is { Length: > 0 } given ? given : [Default(folder)];
            StoredCase[] texts = [.. files.SelectMany(Read)];
            Dictionary<string, string> named = Folders(texts, parsed.GetValue(adapters) ?? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(files[0]))!, "adapters"));
            var run = new QualityRun(parsed.GetRequiredValue(dtype), parsed.GetValue(threads));
            QualityResult result = await run.MeasureAsync(folder, named, texts);
            Machine machine = Machine.Describe(TimeProvider.System) with { Threads = run.Threads ?? Environment.ProcessorCount };
            return new BenchOutcome(machine, json => Write(json, result), () => Describe(result, machine));
        });
        return command;
    }

    private static string Default(string folder) => StoredCases.FindFor(folder)
        ?? throw new UsageException($"expected --cases FILE, or {StoredCases.FileName} in '{folder}' or beside it; got neither");

    private static IReadOnlyList<StoredCase> Read(string file)
    {
        try
        {
            return StoredCases.Read(file);
        }
        catch (InvalidDataException e)
        {
            throw new UsageException($"--cases: {e.Message}");
        }
    }

    /// <summary>Only the adapters that the texts name: others may be for another base.</summary>
    private static Dictionary<string, string> Folders(StoredCase[] texts, string parent)
    {
        string[] names = [.. texts.Select(t => t.Adapter).OfType<string>().Distinct(StringComparer.Ordinal)];
        string[] missing = [.. names.Where(name => !Directory.Exists(Path.Combine(parent, name)))];
        return missing.Length == 0
            ? names.ToDictionary(name => name, name => Path.Combine(parent, name), StringComparer.Ordinal)
            : throw new UsageException($"--adapters: the texts name {string.Join(", ", missing)}; expected a folder of that name in '{parent}'");
    }

    private static void Write(Utf8JsonWriter json, QualityResult result)
    {
        json.WriteString("dtype", result.DType);
        Write(json, result.All);
        Write(json, "prompt", result.Prompt);
        Write(json, "generated", result.Generated);
        json.WriteStartArray("adapters");
        foreach ((string? adapter, QualityFigures figures) in result.Adapters)
        {
            json.WriteStartObject();
            json.WriteString("adapter", adapter);
            Write(json, figures);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, QualityFigures? figures)
    {
        if (figures is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        Write(json, figures);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, QualityFigures figures)
    {
        json.WriteNumber("positions", figures.Positions);
        json.WriteNumber("mean_kl", Math.Round(figures.MeanKl, 9));
        json.WriteNumber("max_kl", Math.Round(figures.MaxKl, 9));
        json.WriteNumber("top1_agreement", Math.Round(figures.Top1Agreement, 6));
        json.WriteNumber("loss", Math.Round(figures.Loss, 6));
        json.WriteNumber("float32_loss", Math.Round(figures.ReferenceLoss, 6));
    }

    private static string Describe(QualityResult result, Machine machine)
    {
        var table = new MarkdownTable("texts", "positions", "mean KL", "largest KL", "same top token", $"loss {result.DType}", "loss float32");
        Add(table, "all", result.All);
        Add(table, "ids of prompts", result.Prompt);
        Add(table, "generated ids", result.Generated);
        foreach ((string? adapter, QualityFigures figures) in result.Adapters)
            Add(table, adapter ?? "base", figures);
        return $"""
            # {result.DType} against float32

            {machine.ToMarkdown()}
            At every position whose next id is stored: KL(float32 || {result.DType}) over the vocabulary in nats, how often both find the same token most likely, and the mean negative log-probability of the stored id.

            {table}
            """;
    }

    private static void Add(MarkdownTable table, string name, QualityFigures? figures)
    {
        string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
        if (figures is not null)
        {
            table.Add(
                name, Number(figures.Positions, "0"), Number(figures.MeanKl, "0.000000"), Number(figures.MaxKl, "0.0000"), Number(figures.Top1Agreement, "0.00 %"),
                Number(figures.Loss, "0.0000"), Number(figures.ReferenceLoss, "0.0000"));
        }
    }
}
