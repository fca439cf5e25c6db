using System.Globalization;
using System.Text;

namespace FLoRA.Inference.Text.Templates.Syntax;

/// <summary>A text in quotes, with Python's escapes.</summary>
internal static class StringLiteral
{
    /// <summary>Reads one from its opening quote on.</summary>
    /// <returns>Value, and length with both quotes; null: it does not end.</returns>
    public static (string Value, int Length)? Read(string source, int start)
    {
        StringBuilder value = new();
        char quote = source[start];
        for (int at = start + 1; at < source.Length;)
        {
            if (source[at] == quote)
                return (value.ToString(), at + 1 - start);
            if (source[at] != '\\' || at + 1 >= source.Length)
            {
                value.Append(source[at++]);
                continue;
            }

            at += 1 + Escape(source, at + 1, value);
        }

        return null;
    }

    // Appends what follows a backslash; returns the characters read.
    private static int Escape(string source, int at, StringBuilder value)
    {
        char name = source[at];
        if ("\n\\'\"abfnrtv".IndexOf(name, StringComparison.Ordinal) is >= 0 and var known)
        {
            if (known > 0)
                value.Append("\\'\"\a\b\f\n\r\t\v"[known - 1]);
            return 1;
        }

        int digits = name switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0 && at + digits < source.Length
            && int.TryParse(source.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code) && code is >= 0 and <= 0x10FFFF)
        {
            // Half of a surrogate pair is possible in Python and stays one here.
            value.Append(code > 0xFFFF ? char.ConvertFromUtf32(code) : ((char)code).ToString());
            return 1 + digits;
        }

        if (name is >= '0' and <= '7')
        {
            int length = 0, octal = 0;
            while (length < 3 && at + length < source.Length && source[at + length] is >= '0' and <= '7')
                octal = (octal * 8) + source[at + length++] - '0';
            value.Append((char)octal);
            return length;
        }

        value.Append('\\').Append(name);
        return 1;
    }
}
