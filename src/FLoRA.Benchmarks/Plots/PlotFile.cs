using ScottPlot;
using SkiaSharp;

namespace FLoRA.Benchmarks.Plots;

/// <summary>Draws panels side by side into a PNG: a heading above, one legend and notes below.</summary>
/// <param name="heading">One line.</param>
/// <param name="notes">In small letters: what was run, and where.</param>
internal sealed class PlotFile(string heading, IReadOnlyList<string> notes)
{
    private const int PanelWidth = 660, PanelHeight = 430, Margin = 16, HeadingHeight = 44, LegendHeight = 30, NoteHeight = 17;
    private const float HeadingSize = 17, LegendSize = 13, NoteSize = 11, SymbolWidth = 34, SymbolGap = 8, ItemGap = 28;

    /// <summary>Writes the file.</summary>
    /// <param name="path">Of the PNG; replaced where it exists.</param>
    /// <param name="panels">At least one; they have one scale and one legend.</param>
    public void Write(string path, IReadOnlyList<Panel> panels)
    {
        PlotFont.Register();
        using PlotText headings = new(HeadingSize, SKColors.Black), names = new(LegendSize, SKColors.Black), small = new(NoteSize, SKColors.DimGray);
        int width = (2 * Margin) + (panels.Count * PanelWidth), below = HeadingHeight + PanelHeight;
        string[] lines = [.. notes.SelectMany(note => small.Wrap(note, width - (2 * Margin)))];
        using SKSurface surface = SKSurface.Create(new SKImageInfo(width, below + LegendHeight + (lines.Length * NoteHeight) + (2 * Margin)));
        SKCanvas canvas = surface.Canvas;
        canvas.Clear(SKColors.White);
        headings.Draw(canvas, heading, Margin, HeadingHeight - Margin);
        double highest = panels.SelectMany(panel => panel.Lines).SelectMany(line => line.Points.Select(point => point.Value).Append(line.Level ?? 0)).Max();
        for (int p = 0; p < panels.Count; p++)
            PanelDrawing.Draw(canvas, panels[p], highest, new PixelRect(Margin + (p * PanelWidth), Margin + ((p + 1) * PanelWidth), below, HeadingHeight));
        DrawLegend(canvas, names, [.. panels.SelectMany(panel => panel.Lines).DistinctBy(line => line.Name)], width, below + (LegendHeight / 2));
        for (int n = 0; n < lines.Length; n++)
            small.Draw(canvas, lines[n], Margin, below + LegendHeight + Margin + ((n + 1) * NoteHeight));
        using SKImage image = surface.Snapshot();
        using SKData png = image.Encode(SKEncodedImageFormat.Png, 100);
        using FileStream file = File.Create(path);
        png.SaveTo(file);
    }

    private static void DrawLegend(SKCanvas canvas, PlotText names, Line[] lines, int width, float middle)
    {
        float x = (width - lines.Sum(line => SymbolWidth + SymbolGap + names.Measure(line.Name)) - (ItemGap * (lines.Length - 1))) / 2;
        using Paint paint = Paint.NewDisposablePaint();
        foreach (Line line in lines)
        {
            Drawing.DrawLine(canvas, paint, new Pixel(x, middle), new Pixel(x + SymbolWidth, middle), LineLook.LineOf(line));
            Drawing.DrawMarker(canvas, paint, new Pixel(x + (SymbolWidth / 2), middle), LineLook.MarkerOf(line));
            names.Draw(canvas, line.Name, x + SymbolWidth + SymbolGap, middle + (LegendSize / 3));
            x += SymbolWidth + SymbolGap + names.Measure(line.Name) + ItemGap;
        }
    }
}
