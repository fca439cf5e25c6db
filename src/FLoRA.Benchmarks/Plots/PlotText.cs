using SkiaSharp;

namespace FLoRA.Benchmarks.Plots;

/// <summary>Text of one size and color.</summary>
internal sealed class PlotText : IDisposable
{
    private readonly SKTypeface _typeface = PlotFont.Open();
    private readonly SKFont _font;
    private readonly SKPaint _paint;

    /// <param name="size">Height of the letters, pixels.</param>
    /// <param name="color">Of the letters.</param>
    public PlotText(float size, SKColor color)
    {
        _font = new SKFont(_typeface, size) { Edging = SKFontEdging.Antialias };
        _paint = new SKPaint { Color = color, IsAntialias = true };
    }

    /// <summary>Width in pixels.</summary>
    public float Measure(string text) => _font.MeasureText(text);

    /// <summary>Draws a line of text whose letters stand on <paramref name="y"/>.</summary>
    public void Draw(SKCanvas canvas, string text, float x, float y) => canvas.DrawText(text, x, y, _font, _paint);

    /// <summary>Lines of whole words that are no wider than that.</summary>
    public IEnumerable<string> Wrap(string text, float width)
    {
        string line = "";
        foreach (string word in text.Split(' '))
        {
            string longer = line.Length == 0 ? word : $"{line} {word}";
            if (line.Length > 0 && Measure(longer) > width)
            {
                yield return line;
                longer = word;
            }

            line = longer;
        }

        yield return line;
    }

    public void Dispose()
    {
        _paint.Dispose();
        _font.Dispose();
        _typeface.Dispose();
    }
}
