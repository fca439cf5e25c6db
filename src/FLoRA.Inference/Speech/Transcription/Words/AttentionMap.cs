namespace FLoRA.Inference.Speech.Transcription.Words;

/// <summary>One matrix [tokens, positions] from the scores of several heads: large where a token looks.</summary>
internal static class AttentionMap
{
    /// <summary>
    /// Softmax over the positions that hold the recording, then in units of standard deviations from the mean over tokens, smoothed over time, mean of the heads.
    /// </summary>
    /// <param name="scores">Scores of all tokens; the normalisation sees the special ones, too.</param>
    /// <param name="positionCount">Positions that hold the recording.</param>
    /// <returns>float32 [tokens, <paramref name="positionCount"/>]. Not a number where all tokens look alike.</returns>
    public static float[,] Of(AlignmentScores scores, int positionCount)
    {
        int tokens = scores.TokenCount;
        var mean = new float[tokens, positionCount];
        var head = new float[tokens * positionCount];
        for (int h = 0; h < scores.HeadCount; h++)
        {
            for (int token = 0; token < tokens; token++)
            {
                ReadOnlySpan<float> row = scores.Scores.Span.Slice(((h * tokens) + token) * scores.PositionCount, positionCount);
                Softmax(row, head.AsSpan(token * positionCount, positionCount));
            }

            Standardise(head, tokens, positionCount);
            for (int token = 0; token < tokens; token++)
            {
                Span<float> row = head.AsSpan(token * positionCount, positionCount);
                MedianFilter.Apply(row);
                for (int position = 0; position < positionCount; position++)
                    mean[token, position] += row[position] / scores.HeadCount;
            }
        }

        return mean;
    }

    private static void Softmax(ReadOnlySpan<float> scores, Span<float> weights)
    {
        float largest = float.NegativeInfinity;
        foreach (float score in scores)
            largest = Math.Max(largest, score);
        double sum = 0;
        foreach (float score in scores)
            sum += Math.Exp(score - largest);
        for (int i = 0; i < scores.Length; i++)
            weights[i] = (float)(Math.Exp(scores[i] - largest) / sum);
    }

    private static void Standardise(Span<float> weights, int tokens, int positions)
    {
        for (int position = 0; position < positions; position++)
        {
            double sum = 0, squares = 0;
            for (int token = 0; token < tokens; token++)
                sum += weights[(token * positions) + position];
            double mean = sum / tokens;
            for (int token = 0; token < tokens; token++)
                squares += Math.Pow(weights[(token * positions) + position] - mean, 2);
            float centre = (float)mean, deviation = (float)Math.Sqrt(squares / tokens);
            for (int token = 0; token < tokens; token++)
                weights[(token * positions) + position] = (weights[(token * positions) + position] - centre) / deviation;
        }
    }
}
