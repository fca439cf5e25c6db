using System.CommandLine;
using System.Globalization;
using FLoRA.Cli.Loading;
using FLoRA.Cli.Results;
using FLoRA.Inference.Speech.Audio;

namespace FLoRA.Cli.Verbs;

/// <summary><c>flora features</c>: a recording's log-mel spectrogram. Needs no model, and never loads libtorch.</summary>
internal static class FeaturesVerb
{
    private const double DefaultWindowSeconds = 30, LargestWindowSeconds = 3600;

    public static Command Create(Terminal terminal)
    {
        Option<string> audio = new("--audio") { Description = "The recording; -: from standard input.", HelpName = "FILE", Required = true };
        Option<int> mels = new("--mels") { Description = "Mel bins.", DefaultValueFactory = _ => 80, HelpName = "80|128" };
        mels.Validators.Add(result =>
        {
            string value = result.Tokens.Count == 0 ? "80" : result.Tokens[^1].Value;
            if (value is not ("80" or "128"))
                result.AddError($"--mels: expected 80 or 128, got '{value}'");
        });
        Option<double?> window = Number.Option<double>("--window", "Length to which the recording is cut or padded with silence, default 30.", "SECONDS", "a number of seconds");
        Option<bool> json = new("--json") { Description = "One JSON line with all values." };
        Command command = new("features", "Log-mel spectrogram as Whisper computes it: {\"shape\":[mels, frames],\"values\":[row-major]}.") { audio, mels, window, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            int frameCount = FrameCount(parsed.GetValue(window) ?? DefaultWindowSeconds);
            AudioClip clip = await ReadAsync(parsed.GetRequiredValue(audio), terminal, cancellationToken);
            foreach (string warning in clip.Warnings)
                await terminal.Error.WriteLineAsync($"flora: warning: {warning}");
            int melCount = parsed.GetValue(mels);
            float[] values = new LogMel(melCount).Compute(clip.Samples.Span, frameCount);
            if (parsed.GetValue(json))
            {
                new JsonLines(terminal.Output).Write(writer =>
                {
                    writer.WriteIntegers("shape", [melCount, frameCount]);
                    writer.WriteNumbers("values", values);
                });
            }
            else
            {
                await terminal.Output.WriteAsync(Describe(clip, melCount, frameCount, values));
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static int FrameCount(double seconds)
    {
        double frames = seconds * LogMel.FramesPerSecond;
        if (!(seconds is >= 0.02 and <= LargestWindowSeconds) || Math.Abs(frames - Math.Round(frames)) > 1e-6)
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--window: expected 0.02 to {LargestWindowSeconds} seconds in steps of 0.01, got {seconds}"));
        return (int)Math.Round(frames);
    }

    private static async Task<AudioClip> ReadAsync(string path, Terminal terminal, CancellationToken cancellationToken)
    {
        if (path != "-")
            return new AudioReader().ReadFile(path, cancellationToken);
        using MemoryStream bytes = new(await terminal.ReadInputBytesAsync(cancellationToken));
        return new AudioReader().Read(bytes, cancellationToken);
    }

    private static string Describe(AudioClip clip, int melCount, int frameCount, float[] values) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        {clip.SourceFormat}, {clip.SourceSampleRate} Hz, {(clip.SourceChannels == 1 ? "mono" : $"{clip.SourceChannels} channels")}: {clip.Duration.TotalSeconds:0.000} s
          shape    [{melCount}, {frameCount}]
          min      {values.Min():0.000000}
          mean     {values.Average(value => (double)value):0.000000}
          max      {values.Max():0.000000}

        """);
}
