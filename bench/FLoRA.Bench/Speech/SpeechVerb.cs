using System.CommandLine;
using System.Diagnostics;
using FLoRA.Bench.Common;
using FLoRA.Benchmarks.Reports;
using FLoRA.Inference;

namespace FLoRA.Bench.Speech;

/// <summary><c>speech</c>: many recordings with different adapters in one batch against one after another, and against the base.</summary>
internal static class SpeechVerb
{
    private const double ConcurrencyGain = 3, Rank4Share = 0.75, Rank1Share = 0.9;

    public static Command Create()
    {
        Command command = new("speech", "Transcribes the same recordings alone, batched and with different adapters; holds the ratios against the project's bounds.");
        Option<int> threads = Positive.Option("--threads", "Kernel threads.", Environment.ProcessorCount);
        Option<int> rounds = Positive.Option("--rounds", "Measured rounds.", 20);
        Option<int> newTokens = Positive.Option("--new-tokens", "Tokens per recording; the mean of the recordings' transcripts unless given.", 15);
        foreach (Option option in (Option[])[threads, rounds, newTokens])
            command.Add(option);
        ReportFlags report = new(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string whisper = Places.TinyWhisper();
            using Engine engine = Engine.Load(new EngineOptions
            {
                Model = Path.Combine(whisper, "model"),
                AdapterFolders = [Path.Combine(whisper, "adapters")],
                Threads = parsed.GetValue(threads),
                Device = "cpu",
            });
            var recordings = new Recordings(whisper, engine.Model.Audio!);
            var seconds = SpeechArms.All.ToDictionary(arm => arm.Name, _ => new List<double>());
            for (int round = -3; round < parsed.GetValue(rounds); round++)
            {
                for (int i = 0; i < SpeechArms.All.Count; i++)
                {
                    SpeechArm arm = SpeechArms.All[(i + round + 3) % SpeechArms.All.Count];
                    double took = await RunAsync(engine, recordings, arm, parsed.GetValue(newTokens), cancellationToken);
                    if (round >= 0)
                        seconds[arm.Name].Add(took);
                }
            }

            Bound Gain(string name, string over, string under, double? atLeast) => new(name, [.. seconds[over].Zip(seconds[under], (o, u) => u / o)], atLeast);
            Bound[] bounds =
            [
                Gain("8 different adapters together over one after another, recordings/s", SpeechArms.Together, SpeechArms.OneByOne, ConcurrencyGain),
                Gain("rank 4 over base, recordings/s", SpeechArms.Rank4, SpeechArms.Base, Rank4Share),
                Gain("rank 1 over base, recordings/s", SpeechArms.Rank1, SpeechArms.Base, Rank1Share),
                Gain("noise: base again over base", SpeechArms.BaseAgain, SpeechArms.Base, null),
            ];
            var result = new SpeechReport(Machine.Describe(TimeProvider.System), engine.Model, engine.Info, recordings.Count, parsed.GetValue(newTokens), seconds.ToDictionary(s => s.Key, s => (IReadOnlyList<double>)s.Value), bounds);
            await report.WriteAsync(parsed, result.ToMarkdown(), result, cancellationToken);
            return bounds.All(bound => bound.Holds) ? 0 : 1;
        });
        return command;
    }

    private static async Task<double> RunAsync(Engine engine, Recordings recordings, SpeechArm arm, int newTokens, CancellationToken cancellationToken)
    {
        AudioInput[] inputs = [.. Enumerable.Range(0, recordings.Count).Select(recordings.Next)];
        long started = Stopwatch.GetTimestamp();
        for (int first = 0; first < inputs.Length; first += arm.Concurrency)
            await Task.WhenAll(Enumerable.Range(first, arm.Concurrency).Select(i => TranscribeAsync(engine, inputs[i], arm.Adapter(i), newTokens, cancellationToken)));
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task TranscribeAsync(Engine engine, AudioInput audio, string? adapter, int newTokens, CancellationToken cancellationToken)
    {
        int tokens = 0;
        TokenStream stream = engine.Submit(new Request { PromptTokens = SpeechPrompt.Tokens, Audio = audio, Adapter = adapter, MaxNewTokens = newTokens, IgnoreEos = true });
        await foreach (GeneratedToken _ in stream.WithCancellation(cancellationToken))
            tokens++;
        if (tokens != newTokens)
            throw new InvalidOperationException($"Expected {newTokens} tokens, got {tokens}.");
    }
}

/// <summary>Start, a language, the task, no times: ids of the embedded model. What they mean does not change the work.</summary>
internal static class SpeechPrompt
{
    public static IReadOnlyList<int> Tokens { get; } = [601, 602, 612, 616];
}
