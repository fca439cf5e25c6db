using System.Globalization;
using System.Text;
using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Builtins;

/// <summary>Python's <c>json.dumps</c> without escapes beyond ASCII, as transformers sets up <c>tojson</c>.</summary>
/// <param name="indent">Put before each level; null: all on one line.</param>
/// <param name="item">Between items.</param>
/// <param name="key">Between key and value.</param>
/// <param name="sorted">Keys in order.</param>
/// <param name="ascii">Everything beyond ASCII is escaped.</param>
internal sealed class JsonText(string? indent, string item, string key, bool sorted, bool ascii)
{
    private readonly StringBuilder _text = new();

    /// <exception cref="TemplateException">A value has no form in JSON.</exception>
    public string Write(Value value, RenderBudget budget)
    {
        Write(value, 0, budget);
        return _text.ToString();
    }

    private void Write(Value value, int level, RenderBudget budget)
    {
        budget.Enter();
        budget.Spend(1);
        switch (value)
        {
            case NoneValue:
                _text.Append("null");
                break;
            case BooleanValue:
                _text.Append(value.IsTrue ? "true" : "false");
                break;
            case TextValue text:
                WriteString(text.Text, budget);
                break;
            case IntegerValue:
                value.WriteLiteral(_text, budget);
                break;
            case RealValue:
                _text.Append(value.AsNumber is { } number && double.IsFinite(number) ? value.ToText(budget) : value.AsNumber is { } odd && double.IsNaN(odd) ? "NaN" : value.AsNumber > 0 ? "Infinity" : "-Infinity");
                break;
            case ListValue list:
                WriteAll('[', ']', list.Items(budget), level, budget, entry => Write(entry, level + 1, budget));
                break;
            case MapValue map:
                IEnumerable<(Value Key, Value Value)> entries = sorted ? map.Entries.OrderBy(entry => entry.Key.ToText(budget), StringComparer.Ordinal) : map.Entries;
                WriteAll('{', '}', [.. entries], level, budget, entry =>
                {
                    WriteString(entry.Key is TextValue name ? name.Text : Scalar(entry.Key, budget), budget);
                    budget.Spend(key.Length);
                    _text.Append(key);
                    Write(entry.Value, level + 1, budget);
                });
                break;
            default:
                throw new TemplateException($"Object of type {value.TypeName} is not JSON serializable");
        }

        budget.Leave();
    }

    private void WriteAll<T>(char open, char close, IReadOnlyList<T> entries, int level, RenderBudget budget, Action<T> write)
    {
        _text.Append(open);
        for (int i = 0; i < entries.Count; i++)
        {
            budget.Spend(item.Length);
            _text.Append(i > 0 ? item : "");
            NewLine(level + 1, budget);
            write(entries[i]);
        }

        if (entries.Count > 0)
            NewLine(level, budget);
        _text.Append(close);
    }

    private void NewLine(int level, RenderBudget budget)
    {
        if (indent is null)
            return;
        budget.Spend((long)level * indent.Length);
        _text.Append('\n').Insert(_text.Length, indent, level);
    }

    private static string Scalar(Value value, RenderBudget budget) => value switch
    {
        NoneValue => "null",
        BooleanValue => value.IsTrue ? "true" : "false",
        { AsNumber: not null } => value.ToText(budget),
        _ => throw new TemplateException($"keys must be str, int, float, bool or None, not {value.TypeName}"),
    };

    private void WriteString(string text, RenderBudget budget)
    {
        budget.Spend(text.Length);
        _text.Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => _text.Append("\\\""),
                '\\' => _text.Append("\\\\"),
                '\n' => _text.Append("\\n"),
                '\r' => _text.Append("\\r"),
                '\t' => _text.Append("\\t"),
                '\b' => _text.Append("\\b"),
                '\f' => _text.Append("\\f"),
                < ' ' => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                > '~' when ascii => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => _text.Append(c),
            };
        }

        _text.Append('"');
    }
}
