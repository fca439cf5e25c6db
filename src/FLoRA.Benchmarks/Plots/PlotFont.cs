using ScottPlot;
using SkiaSharp;

namespace FLoRA.Benchmarks.Plots;

/// <summary>The letters of all plots: brought along, as a server often has no font at all and text would not appear.</summary>
internal sealed class PlotFont : IFontResolver
{
    /// <summary>The family's name.</summary>
    public const string Family = "DejaVu Sans Latin";

    private const string Resource = "FLoRA.Benchmarks.Plots.Font.ttf";

    private PlotFont()
    {
    }

    /// <summary>Makes the family known to the plotting library, once.</summary>
    public static void Register()
    {
        if (!Fonts.FontResolvers.OfType<PlotFont>().Any())
            Fonts.FontResolvers.Add(new PlotFont());
    }

    /// <summary>A typeface of it; the caller disposes of it.</summary>
    public static SKTypeface Open()
    {
        using Stream file = typeof(PlotFont).Assembly.GetManifestResourceStream(Resource)!;
        return SKTypeface.FromStream(file);
    }

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => fontName == Family ? Open() : null;

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) => fontName == Family ? Open() : null;
}
