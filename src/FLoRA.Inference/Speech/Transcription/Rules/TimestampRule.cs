using System.Numerics;
using System.Runtime.InteropServices;

namespace FLoRA.Inference.Speech.Transcription.Rules;

/// <summary>
/// Times come in pairs (end of one segment, start of the next) except at the very beginning and end; none is smaller than one before
/// it, and a segment is longer than nothing; the first token is a time, at most one second; and where all times together are likelier
/// than the best other token, a time follows (Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision, 2022, 4.5).
/// The rules before it must have been applied: they decide what "likelier" sees.
/// </summary>
internal sealed class TimestampRule(SpeechVocabulary vocabulary) : TokenRule
{
    private readonly int _begin = vocabulary.TimestampBegin;

    public override void Apply(Span<float> logits, ReadOnlySpan<int> sampled)
    {
        Forbid(logits, vocabulary.NoTimestampsToken, vocabulary.NoTimestampsToken + 1);
        if (sampled.IsEmpty)
        {
            Forbid(logits, 0, _begin);
            if (vocabulary.MaxInitialTimestampIndex is { } latest)
                Forbid(logits, _begin + latest + 1, logits.Length);
        }
        else
        {
            KeepPairs(logits, sampled);
        }

        if (_begin < logits.Length && TimesOutweighText(logits))
            Forbid(logits, 0, _begin);
    }

    private void KeepPairs(Span<float> logits, ReadOnlySpan<int> sampled)
    {
        bool lastIsTime = sampled[^1] >= _begin, isPair = lastIsTime && (sampled.Length < 2 || sampled[^2] >= _begin);
        if (isPair)
            Forbid(logits, _begin, logits.Length);
        else if (lastIsTime)
            Forbid(logits, 0, vocabulary.EndToken);
        int place = sampled.LastIndexOfAnyExceptInRange(int.MinValue, _begin - 1);
        if (place >= 0)
            Forbid(logits, _begin, lastIsTime ? sampled[place] : sampled[place] + 1); // the same once more: it starts the next segment
    }

    /// <summary>
    /// Compares log-sum-exp of the times with the largest other logit. openai/whisper compares log-probabilities in float32; the
    /// difference of the two is the same.
    /// </summary>
    private bool TimesOutweighText(ReadOnlySpan<float> logits)
    {
        ReadOnlySpan<float> times = logits[_begin..];
        float text = Max(logits[.._begin]), time = Max(times);
        if (time > text)
            return true;
        if (float.IsNegativeInfinity(time) || time + Math.Log(times.Length) <= text)
            return false;
        double sum = 0;
        foreach (float logit in times)
            sum += Math.Exp(logit - time);
        return time + Math.Log(sum) > text;
    }

    private static float Max(ReadOnlySpan<float> values)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        var lanes = new Vector<float>(float.NegativeInfinity);
        foreach (Vector<float> vector in vectors)
            lanes = Vector.Max(lanes, vector);
        float largest = float.NegativeInfinity;
        for (int lane = 0; lane < Vector<float>.Count; lane++)
            largest = Math.Max(largest, lanes[lane]);
        foreach (float value in values[(vectors.Length * Vector<float>.Count)..])
            largest = Math.Max(largest, value);
        return largest;
    }
}
