using System.Globalization;
using System.Text;
using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Builtins;

/// <summary>Python's <c>%</c> on texts: %s, %r, %d, %i, %f, %x, with width and precision.</summary>
internal static class PrintfFormat
{
    private const int MostWidth = 1000;

    /// <exception cref="TemplateException">A part is not known, or values are missing or left over.</exception>
    public static string Apply(string format, Value values, RenderBudget budget)
    {
        IReadOnlyList<Value> items = values is ListValue { IsTuple: true } tuple ? tuple.Items(budget) : [values];
        StringBuilder text = new();
        int used = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            int start = ++i;
            while (i < format.Length && (char.IsAsciiDigit(format[i]) || format[i] is '.' or '-'))
                i++;
            char kind = i < format.Length ? format[i] : throw new TemplateException("incomplete format");
            string part = kind == '%' ? "%" : Part(kind, format[start..i], used < items.Count ? items[used++] : throw new TemplateException("not enough arguments for format string"), budget);
            budget.Spend(part.Length);
            text.Append(part);
        }

        if (used < items.Count && values is not MapValue)
            throw new TemplateException("not all arguments converted during string formatting");
        budget.Spend(text.Length);
        return text.ToString();
    }

    private static string Part(char kind, string options, Value value, RenderBudget budget)
    {
        string[] sizes = options.TrimStart('-').Split('.');
        int width = Number(sizes[0]), precision = sizes.Length > 1 ? Number(sizes[1]) : -1;
        bool zeros = sizes[0].StartsWith('0') && kind is not ('s' or 'r');
        string text = kind switch
        {
            's' => value.ToText(budget),
            'r' => Literal(value, budget),
            'd' or 'i' => Math.Truncate(value.AsNumber ?? throw new TemplateException($"%{kind} format: a number is required, not {value.TypeName}")).ToString("0", CultureInfo.InvariantCulture),
            'f' => (value.AsNumber ?? throw new TemplateException($"%f format: a number is required, not {value.TypeName}")).ToString("F" + (precision < 0 ? 6 : precision), CultureInfo.InvariantCulture),
            'x' => value.Integer("%x format: a number").ToString("x", CultureInfo.InvariantCulture),
            _ => throw new TemplateException($"unsupported format character '{kind}'"),
        };
        if (kind == 's' && precision >= 0 && new TextValue(text) is var cut && cut.Length > precision)
            text = cut.Part(0, precision);
        return options.StartsWith('-') ? text.PadRight(width) : text.PadLeft(width, zeros ? '0' : ' ');
    }

    private static int Number(string digits) => digits.Length == 0 ? 0
        : int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= MostWidth ? number
        : throw new TemplateException($"the width or precision '{digits}' is more than {MostWidth}");

    private static string Literal(Value value, RenderBudget budget)
    {
        StringBuilder text = new();
        value.WriteLiteral(text, budget);
        return text.ToString();
    }
}
