namespace Transcriber.View;

/// <summary>How a terminal is shared: the recordings in as few columns as hold them, below them what was heard last.</summary>
/// <param name="Columns">Recordings side by side.</param>
/// <param name="Rows">Lines of recordings.</param>
/// <param name="CellWidth">Characters of a recording.</param>
/// <param name="TextLines">Lines for what was heard last.</param>
internal sealed record RowGrid(int Columns, int Rows, int CellWidth, int TextLines)
{
    /// <summary>Cells at the right that stay empty, for marks that a terminal counts and the console does not.</summary>
    public const int Spare = 12;

    /// <summary>"cs/00 7>0 of 11 " and alike.</summary>
    private const int ReadableWidth = 17;

    // The headline, and the line below the picture where the cursor stands.
    private const int LinesBeside = 2, LeastTextLines = 2, MostTextLines = 12, LeastRows = 2;

    /// <summary>Recordings that can be seen.</summary>
    public int Capacity => Columns * Rows;

    /// <summary>The grid for a terminal; null: it is too small.</summary>
    /// <param name="recordings">Their number.</param>
    /// <param name="longestName">Characters of the longest name.</param>
    /// <param name="width">Columns of the terminal.</param>
    /// <param name="height">Lines of the terminal.</param>
    public static RowGrid? Fit(int recordings, int longestName, int width, int height)
    {
        width -= Spare;
        int most = height - LinesBeside - LeastTextLines;
        if (most < LeastRows || width < ReadableWidth)
            return null;
        int readable = Math.Clamp(longestName + ReadableWidth - "cs/00".Length, ReadableWidth, width);
        int columns = Math.Clamp((recordings + most - 1) / most, 1, width / readable);
        // As wide as the terminal allows: fewer lines of recordings leave more for what they say.
        columns = Math.Max(columns, Math.Min(width / readable, recordings));
        int rows = Math.Min(most, (recordings + columns - 1) / columns);
        return new RowGrid(columns, rows, width / columns, Math.Min(MostTextLines, height - LinesBeside - rows));
    }
}
