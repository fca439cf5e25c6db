using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Speech.Transcription.Words;

namespace FLoRA.Inference.Tests.Speech.Transcription.Words;

/// <summary>From attention to times, against slow references.</summary>
public sealed class AlignmentTests
{
    [Fact]
    public void Warping_finds_the_cheapest_path()
    {
        Random random = new(4);
        for (int round = 0; round < 300; round++)
        {
            int rows = random.Next(1, 6), columns = random.Next(1, 8);
            float[,] gain = new float[rows, columns];
            for (int i = 0; i < gain.Length; i++)
                gain[i / columns, i % columns] = random.NextSingle() - 0.5f;

            int[] first = TimeWarping.FirstColumns(gain, 0, rows);

            Assert.Equal(Best(gain), first);
        }
    }

    [Fact]
    public void Warping_looks_at_the_rows_asked_for() =>
        Assert.Equal([0, 2], TimeWarping.FirstColumns(new float[,] { { 9, 9, 9 }, { 1, 1, -1 }, { -1, -1, 1 }, { 9, 9, 9 } }, firstRow: 1, rowCount: 2));

    [Fact]
    public void Equal_costs_fall_to_the_left() =>
        Assert.Equal([0, 1], TimeWarping.FirstColumns(new float[,] { { 1, 1, 0 }, { 0, 0, 1 } }, 0, 2));

    [Fact]
    public void What_is_not_a_number_runs_out_at_the_left_as_in_the_package() =>
        Assert.Equal([-1, -1, -1], TimeWarping.FirstColumns(new float[,] { { float.NaN }, { float.NaN }, { float.NaN } }, 0, 3));

    [Fact]
    public void The_median_is_of_seven_with_mirrored_ends()
    {
        float[] row = [5, 1, 9, 2, 8, 3, 7, 0];

        MedianFilter.Apply(row);

        Assert.Equal([2, 5, 3, 5, 3, 7, 3, 7], row); // first: 2 9 1 5 1 9 2
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_row_too_short_to_be_mirrored_stays(int length)
    {
        float[] row = [.. Enumerable.Range(0, length).Select(i => (float)-i)];

        MedianFilter.Apply(row);

        Assert.Equal(Enumerable.Range(0, length).Select(i => (float)-i), row);
    }

    [Fact]
    public void The_map_is_a_mean_of_heads_that_were_standardised_over_tokens()
    {
        Random random = new(5);
        const int heads = 2, tokens = 4, positions = 9, content = 3; // three positions: no median
        float[] scores = [.. Enumerable.Range(0, heads * tokens * positions).Select(_ => random.NextSingle() * 4)];

        float[,] map = AttentionMap.Of(new AlignmentScores(scores, heads, tokens, positions, []), content);

        for (int position = 0; position < content; position++)
        {
            for (int token = 0; token < tokens; token++)
                Assert.Equal(Enumerable.Range(0, heads).Average(head => Standardised(head, token, position)), map[token, position], 1e-5);
        }

        double Weight(int head, int token, int position)
        {
            double Exponential(int at) => Math.Exp(scores[(((head * tokens) + token) * positions) + at]);
            return Exponential(position) / Enumerable.Range(0, content).Sum(Exponential);
        }

        double Standardised(int head, int token, int position)
        {
            double[] column = [.. Enumerable.Range(0, tokens).Select(other => Weight(head, other, position))];
            double mean = column.Average();
            return (column[token] - mean) / Math.Sqrt(column.Average(value => (value - mean) * (value - mean)));
        }
    }

    [Fact]
    public void Words_begin_and_end_where_their_tokens_look()
    {
        // Two special tokens, three text tokens, the end token. The row of a token looks at what is said next: the second row at the first text token.
        int[] from = [0, 0, 10, 20, 40, 45];
        float[] scores = [.. from.SelectMany((begin, token) => Enumerable.Range(0, 50).Select(position =>
            token > 0 && position >= begin && position < (token + 1 < from.Length ? from[token + 1] : 50) ? 8f : 0f))];

        List<WordTiming> words = WordAlignment.Of(new AlignmentScores(scores, 1, 6, 50, [0.5, 0.7, 0.9]), textBegin: 2, [new("one", [1, 2]), new(" two", [3])], contentFrameCount: 100);

        Assert.Equal([(0, 0.4, 0.6), (0.4, 0.8, 0.9)], words.Select(word => (word.StartSeconds, word.EndSeconds, Math.Round(word.Probability, 6))));
    }

    [Fact]
    public void Scores_of_another_shape_are_refused() =>
        Assert.Throws<InvalidOperationException>(() => WordAlignment.Of(new AlignmentScores(new float[8], 1, 4, 2, [1]), 2, [new("x", [1, 2])], 4));

    /// <summary>All paths tried; of those with the least cost the one that openai/whisper's preference takes is unique for random numbers.</summary>
    private static int[] Best(float[,] gain)
    {
        int rows = gain.GetLength(0), columns = gain.GetLength(1);
        (double Gain, int[] First) best = (double.NegativeInfinity, []);
        void Walk(int row, int column, double sum, int[] first)
        {
            sum += gain[row, column];
            if (row == rows - 1 && column == columns - 1 && sum > best.Gain)
                best = (sum, first);
            foreach ((int down, int right) in new[] { (0, 1), (1, 0), (1, 1) })
            {
                if (row + down < rows && column + right < columns)
                    Walk(row + down, column + right, sum, down == 1 ? [.. first, column + right] : first);
            }
        }

        Walk(0, 0, 0, [0]);
        return best.First;
    }
}
