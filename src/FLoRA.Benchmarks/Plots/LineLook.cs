using ScottPlot;

namespace FLoRA.Benchmarks.Plots;

/// <summary>How a line looks, in panels and legend alike.</summary>
internal static class LineLook
{
    private const float Width = 2, MarkerSize = 7;

    private static readonly ScottPlot.Palettes.Category10 Palette = new();
    private static readonly MarkerShape[] Markers = [MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond, MarkerShape.FilledTriangleDown];

    /// <summary>Dashed where the value does not depend on the rank.</summary>
    public static LineStyle LineOf(Line line) => new(Width, Palette.GetColor(line.Color), line.Level is null ? LinePattern.Solid : LinePattern.Dashed);

    /// <summary>Another shape for another color; none where the value does not depend on the rank.</summary>
    public static MarkerStyle MarkerOf(Line line) => new(line.Level is null ? Markers[line.Color % Markers.Length] : MarkerShape.None, MarkerSize, Palette.GetColor(line.Color));
}
