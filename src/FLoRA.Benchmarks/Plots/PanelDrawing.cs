using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace FLoRA.Benchmarks.Plots;

/// <summary>Draws one panel: ranks on a logarithmic axis, values from 0 up.</summary>
internal static class PanelDrawing
{
    private const float TitleSize = 14, LabelSize = 13;
    private const double SideMargin = 0.25, TopMargin = 1.08;

    /// <summary>Draws it.</summary>
    /// <param name="canvas">Where; what lies outside of <paramref name="place"/> stays.</param>
    /// <param name="panel">What.</param>
    /// <param name="highest">The largest value that must fit.</param>
    /// <param name="place">Its part of the canvas.</param>
    public static void Draw(SKCanvas canvas, Panel panel, double highest, PixelRect place)
    {
        using var plot = new Plot();
        plot.RenderManager.ClearCanvasBeforeEachRender = false;
        plot.Font.Set(PlotFont.Family);
        foreach (Line line in panel.Lines)
        {
            if (line.Level is { } level)
                plot.Add.HorizontalLine(level).LineStyle = LineLook.LineOf(line);
            else
                AddCurve(plot, line);
        }

        double[] ranks = [.. panel.Lines.SelectMany(line => line.Points).Select(point => point.Rank).DefaultIfEmpty(1).Distinct().Order()];
        plot.Axes.Bottom.TickGenerator = new NumericManual([.. ranks.Select(Math.Log2)], [.. ranks.Select(rank => rank.ToString(CultureInfo.InvariantCulture))]);
        plot.Axes.SetLimits(Math.Log2(ranks[0]) - SideMargin, Math.Log2(ranks[^1]) + SideMargin, 0, highest * TopMargin);
        plot.Title(panel.Title, TitleSize);
        plot.XLabel("rank", LabelSize);
        plot.YLabel(panel.ValueLabel, LabelSize);
        plot.HideLegend();
        plot.Render(canvas, place);
    }

    private static void AddCurve(Plot plot, Line line)
    {
        var curve = plot.Add.Scatter(line.Points.Select(point => Math.Log2(point.Rank)).ToArray(), line.Points.Select(point => point.Value).ToArray());
        curve.LineStyle = LineLook.LineOf(line);
        curve.MarkerStyle = LineLook.MarkerOf(line);
    }
}
