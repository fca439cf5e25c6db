namespace FLoRA.Inference.Speech.Transcription.Words;

/// <summary>
/// Dynamic time warping: the cheapest monotone path through a matrix (Sakoe and Chiba, 1978). Costs are summed in float32 and ties fall to the
/// left as in openai/whisper, so that times agree.
/// </summary>
internal static class TimeWarping
{
    private const byte Diagonal = 0, Up = 1, Left = 2;

    /// <summary>Where the path enters each row.</summary>
    /// <param name="gain">[rows, columns]; the path gathers as much as it can. What is not a number is taken as it comes.</param>
    /// <param name="firstRow">First row that takes part.</param>
    /// <param name="rowCount">Rows that take part.</param>
    /// <returns>The first column per row; -1 where the path ran before the first column.</returns>
    public static int[] FirstColumns(float[,] gain, int firstRow, int rowCount)
    {
        int columns = gain.GetLength(1);
        byte[,] steps = Steps(gain, firstRow, rowCount, columns);
        var first = new int[rowCount];
        for (int row = rowCount, column = columns; row > 0 || column > 0;)
        {
            if (row > 0)
                first[row - 1] = column - 1;
            byte step = row == 0 ? Left : column == 0 ? Up : steps[row, column];
            row -= step == Left ? 0 : 1;
            column -= step == Up ? 0 : 1;
        }

        return first;
    }

    private static byte[,] Steps(float[,] gain, int firstRow, int rows, int columns)
    {
        var steps = new byte[rows + 1, columns + 1];
        float[] before = new float[rows + 1], now = new float[rows + 1];
        Array.Fill(before, float.PositiveInfinity);
        before[0] = 0;
        for (int column = 1; column <= columns; column++)
        {
            now[0] = float.PositiveInfinity;
            for (int row = 1; row <= rows; row++)
            {
                float diagonal = before[row - 1], up = now[row - 1], left = before[row];
                (float cost, byte step) = diagonal < up && diagonal < left ? (diagonal, Diagonal) : up < diagonal && up < left ? (up, Up) : (left, Left);
                now[row] = (float)(cost - (double)gain[firstRow + row - 1, column - 1]);
                steps[row, column] = step;
            }

            (before, now) = (now, before);
        }

        return steps;
    }
}
