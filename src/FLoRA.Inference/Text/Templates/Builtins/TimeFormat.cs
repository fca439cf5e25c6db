using System.Globalization;
using System.Text;

namespace FLoRA.Inference.Text.Templates.Builtins;

/// <summary>C's strftime, in English.</summary>
internal static class TimeFormat
{
    /// <exception cref="TemplateException">A directive is not known.</exception>
    public static string Apply(string format, DateTimeOffset now)
    {
        StringBuilder text = new();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            // "%-d": without the zero before it.
            bool bare = i + 1 < format.Length && format[i + 1] == '-';
            i += bare ? 2 : 1;
            string part = i < format.Length ? Directive(format[i], now) : throw new TemplateException("strftime_now: the format ends with '%'");
            text.Append(bare && part.TrimStart('0', ' ') is { Length: > 0 } shorter ? shorter : part);
        }

        return text.ToString();
    }

    private static string Directive(char name, DateTimeOffset now)
    {
        string Net(string format) => now.ToString(format, CultureInfo.InvariantCulture);
        return name switch
        {
            'Y' => Net("yyyy"),
            'y' => Net("yy"),
            'm' => Net("MM"),
            'd' => Net("dd"),
            'e' => Net("%d").PadLeft(2),
            'B' => Net("MMMM"),
            'b' or 'h' => Net("MMM"),
            'A' => Net("dddd"),
            'a' => Net("ddd"),
            'H' => Net("HH"),
            'I' => Net("hh"),
            'M' => Net("mm"),
            'S' => Net("ss"),
            'f' => Net("ffffff"),
            'p' => Net("tt"),
            'j' => now.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
            'w' => ((int)now.DayOfWeek).ToString(CultureInfo.InvariantCulture),
            'F' => Net("yyyy-MM-dd"),
            'T' => Net("HH:mm:ss"),
            'D' => Net("MM/dd/yy"),
            'R' => Net("HH:mm"),
            'n' => "\n",
            't' => "\t",
            '%' => "%",
            _ => throw new TemplateException($"strftime_now does not know '%{name}'"),
        };
    }
}
