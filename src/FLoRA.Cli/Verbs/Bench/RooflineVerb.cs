using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FLoRA.Benchmarks.Reports;
using FLoRA.Benchmarks.Rooflines;
using FLoRA.Cli.Loading;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary><c>flora bench roofline</c>: what this machine can do at most.</summary>
internal static class RooflineVerb
{
    public static Command Create(Terminal terminal)
    {
        Option<int?> threads = WholeNumber.Option("--threads", "Threads; default: the number of processors.");
        Command command = new("roofline", "Reads of memory and products a second: the limits of every step.") { threads };
        new ResultFlags(command, terminal).SetAction((parsed, _) =>
        {
            Roofline roofline = RooflineProbe.Measure(parsed.GetValue(threads) ?? Environment.ProcessorCount);
            return Task.FromResult(new BenchOutcome(ResultFlags.MachineOf(roofline), json => Write(json, roofline), () => Describe(roofline)));
        });
        return command;
    }

    /// <summary>The fields of the contract.</summary>
    public static void Write(Utf8JsonWriter writer, Roofline roofline)
    {
        writer.WriteNumber("read_gb_per_s", Math.Round(roofline.ReadGBPerS, 2));
        writer.WriteNumber("int8_gops", Math.Round(roofline.Int8Gops, 1));
        writer.WriteNumber("int_mm_gops", Math.Round(roofline.IntMmGops, 1));
        writer.WriteNumber("float32_gflops", Math.Round(roofline.Float32Gflops, 1));
        writer.WriteNumber("threads", roofline.Threads);
        writer.WriteString("simd", string.Join(' ', InstructionSets.OfThisProcess()));
        if (roofline.Device is not { } device)
            return;
        writer.WriteStartObject("device");
        writer.WriteNumber("read_gb_per_s", Math.Round(device.ReadGBPerS, 1));
        writer.WriteNumber("product_gops", Math.Round(device.ProductGops, 1));
        writer.WriteEndObject();
    }

    private static string Describe(Roofline roofline) => string.Create(CultureInfo.InvariantCulture, $"""
        {roofline.Threads} threads, {string.Join(' ', InstructionSets.OfThisProcess())}
          reads                   {roofline.ReadGBPerS,8:0.0} GB/s
          int8, registers         {roofline.Int8Gops,8:0.0} G multiply-adds/s
          int8, libtorch          {roofline.IntMmGops,8:0.0} G multiply-adds/s
          float32, our tile       {roofline.Float32Gflops,8:0.0} GFLOPS

        """);
}
