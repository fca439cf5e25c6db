using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FLoRA.Benchmarks.Runs;
using FLoRA.Benchmarks.Speech;
using FLoRA.Cli.Loading;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary><c>flora bench speech</c>: recordings, against the machine's limit.</summary>
internal static class SpeechVerb
{
    private const int DefaultRecordings = 8, DefaultTokens = 50, DefaultRounds = 3;
    private const double DefaultSeconds = 30;

    public static Command Create(Terminal terminal)
    {
        (Command command, Func<ParseResult, (SpeechRun, ModelSource)> read) = Define();
        LimitedRun.SetAction(command, terminal, read, (run, source, roofline) => run.MeasureAsync(source, roofline), Write, Describe);
        return command;
    }

    /// <summary>The command without what it does, and what reads its options.</summary>
    public static (Command Command, Func<ParseResult, (SpeechRun Run, ModelSource Source)> Read) Define()
    {
        Option<int?> recordings = WholeNumber.Option("--recordings", "Recordings at the same time; default 8.");
        Option<double?> seconds = Number.Option<double>("--seconds", "Length of each; default 30. A window of the model is encoded for every window that it begins.", "S", "a number above 0");
        Option<int?> tokens = WholeNumber.Option("--tokens", "Tokens of every window; default 50.");
        Option<int?> rounds = WholeNumber.Option("--rounds", "Measured rounds; the one with the median time stands. Default 3.");
        Command command = new("speech", "Recordings of a speech model, and the shortest time that this machine can take for them.") { recordings, seconds, tokens, rounds };
        var flags = new BenchFlags(command);
        return (command, parsed => (new SpeechRun(
            flags.Target(parsed),
            parsed.GetValue(recordings) ?? DefaultRecordings,
            Above(parsed.GetValue(seconds) ?? DefaultSeconds),
            parsed.GetValue(tokens) ?? DefaultTokens,
            flags.Adapters(parsed),
            parsed.GetValue(rounds) ?? DefaultRounds), flags.Source(parsed)));
    }

    private static double Above(double seconds) =>
        seconds > 0 && double.IsFinite(seconds) ? seconds : throw new UsageException($"--seconds: expected a number above 0, got {seconds.ToString(CultureInfo.InvariantCulture)}");

    private static void Write(Utf8JsonWriter json, SpeechResult result)
    {
        json.WriteNumber("audio_s_per_s", Math.Round(result.AudioSPerS, 3));
        json.WriteNumber("encode_s", Math.Round(result.EncodeS, 4));
        json.WriteNumber("decode_tokens_per_s", Math.Round(result.DecodeTokensPerS, 2));
        json.WriteNumber("limit_s", Math.Round(result.LimitS, 5));
        json.WriteNumber("fraction_of_limit", Math.Round(result.FractionOfLimit, 4));
        json.WriteNumber("wall_s", Math.Round(result.WallS, 4));
        json.WriteNumber("windows", result.Windows);
        json.WriteNumber("output_tokens", result.OutputTokens);
        json.WriteStartObject("multiply_adds");
        json.WriteNumber("encoder_layers", result.MultiplyAdds.EncoderLayers);
        json.WriteNumber("encoder_attention", result.MultiplyAdds.EncoderAttention);
        json.WriteNumber("convolutions", result.MultiplyAdds.Convolutions);
        json.WriteNumber("cross_keys_values", result.MultiplyAdds.CrossKeysAndValues);
        json.WriteNumber("decoder", result.MultiplyAdds.Decoder);
        json.WriteEndObject();
        json.WriteNumber("peak_memory_mb", Math.Round(result.PeakMemoryMb, 1));
        json.WriteStartObject("roofline");
        RooflineVerb.Write(json, result.Roofline);
        json.WriteEndObject();
    }

    private static string Describe(SpeechRun run, SpeechResult result) => string.Create(CultureInfo.InvariantCulture, $"""
        {run.Recordings} recordings of {run.Seconds} s, {run.Tokens} tokens a window, {run.Target.DType}, {result.Roofline.Threads} threads
          whole              {result.WallS,9:0.000} s: {result.AudioSPerS:0.0} s of audio a second
          encoder            {result.EncodeS,9:0.000} s
          tokens             {result.DecodeTokensPerS,9:0.0} /s beside it
          products           {(result.MultiplyAdds.EncoderLayers + result.MultiplyAdds.EncoderAttention + result.MultiplyAdds.Convolutions + result.MultiplyAdds.CrossKeysAndValues) / 1e9,9:0.000} G multiply-adds of the encoder, {result.MultiplyAdds.Decoder / 1e9:0.000} G of the decoder
          limit              {result.LimitS,9:0.000} s: {result.FractionOfLimit:0.0 %} of it reached
          peak memory        {result.PeakMemoryMb,9:0} MB

        """);
}
