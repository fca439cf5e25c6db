using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates;

/// <summary>What functions expect of their arguments.</summary>
internal static class Conversions
{
    /// <summary>A text.</summary>
    /// <exception cref="TemplateException">It is something else.</exception>
    public static string Text(this Value value, string what) => value switch
    {
        TextValue text => text.Text,
        UndefinedValue undefined => throw undefined.Error,
        _ => throw new TemplateException($"{what} must be str, not {value.TypeName}"),
    };

    /// <summary>A whole number.</summary>
    /// <exception cref="TemplateException">It is something else.</exception>
    public static long Integer(this Value value, string what) => value.AsInteger ?? throw (value is UndefinedValue undefined ? undefined.Error : new TemplateException($"{what} must be int, not {value.TypeName}"));

    /// <summary>A whole number of 32 bits; larger ones become the largest.</summary>
    public static int Small(this Value value, string what) => (int)Math.Clamp(value.Integer(what), int.MinValue, int.MaxValue);

    /// <summary>The value, where something may not be undefined.</summary>
    /// <exception cref="TemplateException">It is not there.</exception>
    public static Value Defined(this Value value) => value is UndefinedValue undefined ? throw undefined.Error : value;
}
