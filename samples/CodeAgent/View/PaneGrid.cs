namespace CodeAgent.View;

/// <summary>How panes share a terminal: as many columns as stay readable, all panes equally high.</summary>
/// <param name="Columns">Panes side by side.</param>
/// <param name="PaneWidth">Characters of a pane, border and gap included.</param>
/// <param name="PaneHeight">Lines of a pane, title or border included.</param>
internal sealed record PaneGrid(int Columns, int PaneWidth, int PaneHeight)
{
    private const int ReadableWidth = 38, MostColumns = 5, LinesBesidePanes = 3, LeastHeight = 3, MostHeight = 18, HeightForBorder = 7;

    /// <summary>A border takes two lines; it is drawn where enough are left.</summary>
    public bool HasBorder => PaneHeight >= HeightForBorder;

    /// <summary>Lines of code in a pane.</summary>
    public int CodeLines => HasBorder ? PaneHeight - 2 : PaneHeight - 1;

    /// <summary>Characters of code in a line.</summary>
    public int CodeWidth => HasBorder ? PaneWidth - 4 : PaneWidth - 1;

    /// <summary>The grid for a terminal; null: it is too small for panes.</summary>
    public static PaneGrid? Fit(int panes, int width, int height)
    {
        int columns = Math.Clamp(width / ReadableWidth, 1, Math.Min(MostColumns, panes));
        int rows = (panes + columns - 1) / columns;
        int paneHeight = Math.Min((height - LinesBesidePanes) / rows, MostHeight);
        return paneHeight < LeastHeight || width < ReadableWidth ? null : new PaneGrid(columns, width / columns, paneHeight);
    }
}
