using FLoRA.Inference.Speech.Transcription.Rules;
using static FLoRA.Inference.Tests.Speech.Transcription.SpeechData;

namespace FLoRA.Inference.Tests.Speech.Transcription;

/// <summary>The token rules, by examples and against a slow reference.</summary>
public sealed class WhisperRulesTests
{
    private const int VocabularySize = 768;

    private static readonly int End = Vocabulary.EndToken, Begin = Vocabulary.TimestampBegin;

    [Fact]
    public void The_first_token_is_a_time_up_to_one_second()
    {
        float[] logits = Apply(timestamps: true, Flat(), []);

        Assert.Equal(Enumerable.Range(Begin, 51), Allowed(logits));
    }

    [Fact]
    public void Without_times_the_first_token_is_neither_blank_nor_end_and_the_suppressed_never_come()
    {
        int[] first = Allowed(Apply(timestamps: false, Flat(), [])), later = Allowed(Apply(timestamps: false, Flat(), [5]));

        Assert.DoesNotContain(220, first);
        Assert.DoesNotContain(End, first);
        Assert.Contains(220, later);
        Assert.Contains(End, later);
        Assert.All(Vocabulary.SuppressTokens, token => Assert.DoesNotContain(token, later));
    }

    [Fact]
    public void After_the_first_time_comes_text_or_the_end()
    {
        int[] allowed = Allowed(Apply(timestamps: true, Flat(), [Time(0.5)]));

        Assert.Equal([.. Enumerable.Range(0, End + 1)], allowed);
    }

    [Fact]
    public void A_time_after_text_is_followed_by_the_same_or_a_later_one_or_the_end()
    {
        int[] allowed = Allowed(Apply(timestamps: true, Flat(), [Time(0.5), 5, Time(1)]));

        Assert.Equal([.. Enumerable.Range(Time(1), VocabularySize - Time(1))], allowed.Where(token => token != End));
    }

    [Fact]
    public void After_a_pair_comes_no_time_and_then_only_a_later_one()
    {
        Assert.DoesNotContain(Allowed(Apply(timestamps: true, Flat(), [Time(0), 5, Time(1), Time(1)])), token => token >= Begin);
        float[] logits = Flat();
        logits[5] = 20; // so that the times together do not force one
        int[] allowed = Allowed(Apply(timestamps: true, logits, [Time(0), 5, Time(1), Time(1), 6]));
        Assert.Equal(Time(1) + 1, allowed.First(token => token >= Begin));
        Assert.Contains(5, allowed);
    }

    [Theory]
    [InlineData(-0.01f, true)]
    [InlineData(0.01f, false)]
    public void Times_that_are_likelier_together_than_the_best_text_force_one(float textAboveTimes, bool forced)
    {
        float[] logits = [.. Enumerable.Repeat(-1e4f, VocabularySize)];
        logits[Time(1)] = logits[Time(2)] = logits[Time(3)] = 1;
        logits[7] = 1 + MathF.Log(3) + textAboveTimes;

        int[] allowed = Allowed(Apply(timestamps: true, logits, [Time(0), 5]));

        Assert.Equal(!forced, allowed.Contains(7));
    }

    [Fact]
    public void Suppressed_text_does_not_outweigh_times()
    {
        float[] logits = [.. Enumerable.Repeat(-1e4f, VocabularySize)];
        logits[Time(1)] = 1;
        logits[Vocabulary.NoTimestampsToken] = logits[Vocabulary.SuppressTokens[0]] = 50;

        Assert.DoesNotContain(Allowed(Apply(timestamps: true, logits, [Time(0), 5])), token => token < Begin);
    }

    [Fact]
    public void A_row_shorter_than_the_vocabulary_is_no_problem()
    {
        foreach (int length in new[] { 0, 1, 300, Begin, Begin + 1, Begin + 20 })
            Apply(timestamps: true, new float[length], [Time(0), 5, Time(1)]);
    }

    [Fact]
    public void Random_rows_are_filtered_as_by_the_slow_reference()
    {
        Random random = new(3);
        for (int round = 0; round < 3000; round++)
        {
            int[] sampled = [.. Enumerable.Range(0, random.Next(6)).Select(_ => random.Next(2) == 0 ? random.Next(End) : Begin + random.Next(151))];
            float[] logits = [.. Enumerable.Range(0, VocabularySize).Select(id => (random.NextSingle() * 8) - (id >= Begin && round % 2 == 0 ? 5 : 0))];
            float[] expected = Reference(logits, sampled);

            Assert.Equal(expected, Apply(timestamps: true, logits, sampled));
        }
    }

    private static float[] Flat() => new float[VocabularySize];

    private static int[] Allowed(float[] logits) => [.. Enumerable.Range(0, logits.Length).Where(id => !float.IsNegativeInfinity(logits[id]))];

    private static float[] Apply(bool timestamps, float[] logits, int[] sampled)
    {
        float[] filtered = [.. logits];
        foreach (TokenRule rule in WhisperRules.For(Vocabulary, timestamps))
            rule.Apply(filtered, sampled);
        return filtered;
    }

    /// <summary>The rules by their words, one id after the other, with log-probabilities.</summary>
    private static float[] Reference(float[] logits, int[] sampled)
    {
        bool[] gone = new bool[VocabularySize];
        int[] times = [.. sampled.Where(token => token >= Begin)];
        bool lastIsTime = sampled.Length > 0 && sampled[^1] >= Begin, oneBeforeIsTime = sampled.Length < 2 || sampled[^2] >= Begin;
        for (int id = 0; id < VocabularySize; id++)
        {
            bool isTime = id >= Begin;
            gone[id] |= sampled.Length == 0 && (Vocabulary.BeginSuppressTokens.Contains(id) || !isTime || id > Begin + 50);
            gone[id] |= Vocabulary.SuppressTokens.Contains(id) || id == Vocabulary.NoTimestampsToken;
            gone[id] |= lastIsTime && oneBeforeIsTime && isTime;
            gone[id] |= lastIsTime && !oneBeforeIsTime && id < End;
            gone[id] |= isTime && times.Length > 0 && (id < times[^1] || (id == times[^1] && !(lastIsTime && !oneBeforeIsTime)));
        }

        double total = Enumerable.Range(0, VocabularySize).Where(id => !gone[id]).Sum(id => Math.Exp(logits[id]));
        double time = Enumerable.Range(Begin, VocabularySize - Begin).Where(id => !gone[id]).Sum(id => Math.Exp(logits[id]) / total);
        double text = Enumerable.Range(0, Begin).Where(id => !gone[id]).Select(id => Math.Exp(logits[id]) / total).DefaultIfEmpty(0).Max();
        return [.. logits.Select((logit, id) => gone[id] || (id < Begin && time > text) ? float.NegativeInfinity : logit)];
    }
}
