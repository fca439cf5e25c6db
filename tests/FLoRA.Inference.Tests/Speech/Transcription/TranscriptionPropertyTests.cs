using FLoRA.Inference.Speech.Audio;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Speech.Transcription.Rules;
using static FLoRA.Inference.Tests.Speech.Transcription.SpeechData;

namespace FLoRA.Inference.Tests.Speech.Transcription;

/// <summary>Whatever a decoder gives, a recording ends, and its times are in order and inside it.</summary>
public sealed class TranscriptionPropertyTests
{
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task Any_tokens_give_times_in_order_inside_the_recording_and_an_end(bool rules, bool batched)
    {
        Random random = new(1);
        for (int round = 0; round < 300; round++)
        {
            int samples = random.Next(1, 200_000);
            ScriptedWindowDecoder decoder = new((request, _) => new DecodedWindow
            {
                Tokens = rules ? ByTheRules(random, request.Rules) : Hostile(random),
                SumLogprob = random.NextDouble() < 0.05 ? double.NaN : -100 * random.NextDouble(),
                NoSpeechProbability = random.NextDouble(),
            });
            TranscriptStream stream = Transcriber(decoder).Start(batched ? Speech(random, samples) : Features(samples), new() { Language = "en", Batched = batched, ConditionOnPreviousText = !batched && random.Next(2) == 0 });

            Transcript transcript = await stream.ReadToEndAsync(TestContext.Current.CancellationToken);

            double last = 0;
            foreach (TranscriptSegment segment in transcript.Segments)
            {
                Assert.True(segment.StartSeconds >= last && segment.EndSeconds >= segment.StartSeconds, $"round {round}: {last} .. {segment.StartSeconds} .. {segment.EndSeconds}");
                last = segment.EndSeconds;
            }

            Assert.True(last <= samples / 16000.0);
            Assert.All(stream.Windows.Zip(stream.Windows.Skip(1)), pair => Assert.True(pair.Second.SeekFrames > pair.First.SeekFrames));
        }
    }

    [Fact]
    public async Task Words_of_a_hostile_attention_end_too()
    {
        Random random = new(2);
        for (int round = 0; round < 100; round++)
        {
            ScriptedWindowDecoder decoder = new((_, _) => ScriptedWindowDecoder.Window(Hostile(random))) { Align = request => Scores(random, request) };
            int samples = random.Next(1, 150_000);

            TranscriptStream stream = Transcriber(decoder).Start(Features(samples), new() { Language = "hi", WordTimestamps = true });
            Transcript transcript = await stream.ReadToEndAsync(TestContext.Current.CancellationToken);

            Assert.All(stream.Windows.Zip(stream.Windows.Skip(1)), pair => Assert.True(pair.Second.SeekFrames > pair.First.SeekFrames));
            Assert.All(transcript.Segments.SelectMany(segment => segment.Words), word => Assert.InRange(word.EndSeconds, 0, samples / 16000.0));
        }
    }

    /// <summary>Loud and silent stretches of any length.</summary>
    private static RecordingFeatures Speech(Random random, int sampleCount)
    {
        int content = sampleCount / 160;
        List<float> values = [];
        while (values.Count < content)
            values.AddRange(Enumerable.Repeat((float)random.Next(2), random.Next(1, 500)));
        return new RecordingFeatures([.. values.Take(content)], 1, content + WindowFrames, content, sampleCount / 16000.0);
    }

    /// <summary>Any ids at all, also such that the vocabulary lacks.</summary>
    private static int[] Hostile(Random random) => [.. Enumerable.Range(0, random.Next(0, 30)).Select(_ => random.Next(4) switch
    {
        0 => random.Next(0, 600),
        1 => random.Next(600, 617),
        2 => Vocabulary.TimestampBegin + random.Next(0, 151),
        _ => random.Next(20) == 0 ? random.Next(int.MinValue, int.MaxValue) : Vocabulary.TimestampBegin + random.Next(0, 4),
    })];

    /// <summary>Random logits through the rules, as a sampler would.</summary>
    private static List<int> ByTheRules(Random random, IReadOnlyList<TokenRule> rules)
    {
        List<int> sampled = [];
        int most = random.Next(1, 40);
        while (sampled.Count < most)
        {
            float[] logits = [.. Enumerable.Range(0, 768).Select(id => (random.NextSingle() * 10) + (id >= Vocabulary.TimestampBegin ? random.Next(-6, 3) : 0))];
            foreach (TokenRule rule in rules)
                rule.Apply(logits, sampled.ToArray());
            int next = Array.IndexOf(logits, logits.Max());
            if (next == Vocabulary.EndToken)
                break;
            sampled.Add(next);
        }

        return sampled;
    }

    private static AlignmentScores Scores(Random random, AlignmentRequest request)
    {
        int tokens = request.Tokens.Count;
        float[] scores = [.. Enumerable.Range(0, tokens * 150).Select(_ => random.Next(100) switch { 0 => float.NaN, 1 => float.PositiveInfinity, _ => random.NextSingle() * 20 })];
        return new AlignmentScores(scores, 1, tokens, 150, new double[tokens - request.TextBegin - 1]);
    }
}
