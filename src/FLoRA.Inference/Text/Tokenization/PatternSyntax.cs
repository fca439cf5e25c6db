using System.Globalization;
using System.Text;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// From the regular expressions of tokenizer files (Oniguruma, Ruby syntax) to .NET's: possessive quantifiers become atomic
/// groups, <c>\w</c> gets its Unicode meaning. What would mean something else in .NET is refused; what .NET does not know it
/// refuses itself.
/// </summary>
internal sealed class PatternSyntax
{
    private readonly string _pattern;
    private readonly StringBuilder _output = new();
    private readonly Stack<int> _groups = new();
    private int _at;

    // An automaton is as large as the product of all counts; published patterns have {1,3}.
    private const int MostRepeats = 10_000;

    private long _repeats = 1;
    private bool _repeatsGroup;

    // Where the last atom begins in the output; -1: there is none to repeat.
    private int _atom = -1;

    private PatternSyntax(string pattern) => _pattern = pattern;

    /// <summary>The pattern in .NET's syntax, and whether it repeats a group, which may take exponential time to backtrack through.</summary>
    /// <exception cref="FormatException">Names what is not supported.</exception>
    public static (string Pattern, bool RepeatsGroup) Translate(string pattern)
    {
        PatternSyntax syntax = new(pattern);
        while (syntax._at < pattern.Length)
            syntax.Step();
        return (syntax._output.ToString(), syntax._repeatsGroup);
    }

    private void Step()
    {
        switch (_pattern[_at])
        {
            case '(':
                OpenGroup();
                break;
            case ')':
                _output.Append(_pattern[_at++]);
                _atom = _groups.TryPop(out int open) ? open : -1;
                break;
            case '[':
                _atom = _output.Length;
                CharacterClass();
                break;
            case '\\':
                _atom = _output.Length;
                _output.Append(Escape(inClass: false, out _));
                break;
            case '*' or '+' or '?' or '{' when _atom >= 0:
                Quantifier();
                break;
            default:
                _atom = _output.Length;
                Mention(_pattern[_at], _pattern[_at]);
                _output.Append(_pattern[_at++]);
                break;
        }
    }

    private void OpenGroup()
    {
        _groups.Push(_output.Length);
        _atom = -1;
        _output.Append(_pattern[_at++]);
        if (_at >= _pattern.Length || _pattern[_at] != '?')
            return;
        int end = _at + 1;
        while (end < _pattern.Length && (char.IsAsciiLetter(_pattern[end]) || _pattern[end] == '-'))
            end++;
        if (_pattern[(_at + 1)..end].Trim('i', '-') is { Length: > 0 } options)
            throw Unsupported($"the inline option '{options}'");
        // "?:", "?=", "?!", "?>", "?<=", "?<!" are the same in both.
        _output.Append(_pattern, _at, end - _at);
        _at = end;
        while (_at < _pattern.Length && _pattern[_at] is ':' or '=' or '!' or '>' or '<')
            _output.Append(_pattern[_at++]);
    }

    private void Quantifier()
    {
        int start = _at;
        bool counted = _pattern[_at] == '{';
        _at = counted ? _pattern.IndexOf('}', _at) + 1 : _at + 1;
        if (_at == 0)
            throw Unsupported("a '{' without '}'");
        string quantifier = _pattern[start.._at];
        _repeatsGroup |= _output[_atom] == '(';
        foreach (string count in counted ? quantifier.Trim('{', '}').Split(',') : [])
            _repeats *= count.Length == 0 ? 1 : int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int times) ? Math.Max(times, 1) : throw Unsupported($"'{quantifier}'");
        if (_repeats > MostRepeats)
            throw Unsupported($"'{quantifier}' and with it more than {MostRepeats} repetitions");
        char mode = _at < _pattern.Length ? _pattern[_at] : '\0';
        if (mode == '+' && counted)
            throw Unsupported($"'{quantifier}+', which engines read differently");
        if (mode is '+' or '?')
            _at++;
        _output.Append(quantifier).Append(mode == '?' ? "?" : "");
        if (mode == '+')
            _output.Insert(_atom, "(?>").Append(')');
        if (_at < _pattern.Length && _pattern[_at] is '*' or '+' or '?' or '{')
            throw Unsupported($"a second quantifier after '{quantifier}'");
        _atom = -1;
    }

    private void CharacterClass()
    {
        _output.Append(_pattern[_at++]);
        if (_at < _pattern.Length && _pattern[_at] == '^')
            _output.Append(_pattern[_at++]);
        char? from = null, previous = null;
        for (bool first = true; ; first = false)
        {
            if (_at >= _pattern.Length)
                throw Unsupported("a '[' without ']'");
            char c = _pattern[_at];
            if (c == ']' && !first)
                break;
            if (c is ']' or '[' || _pattern.AsSpan(_at).StartsWith("&&"))
                throw Unsupported($"'{(c == '&' ? "&&" : c.ToString())}' unescaped in a character class");
            if (c == '-' && previous is not null && _at + 1 < _pattern.Length && _pattern[_at + 1] != ']')
            {
                (from, previous) = (previous, null);
                _output.Append(_pattern[_at++]);
                continue;
            }
            string text = c == '\\' ? Escape(inClass: true, out previous) : Literal(out previous);
            if (previous is { } last)
                Mention(from ?? last, last);
            if (from is not null)
                previous = null;
            from = null;
            _output.Append(text);
        }
        _output.Append(_pattern[_at++]);
    }

    private string Literal(out char? value)
    {
        value = _pattern[_at];
        return _pattern[_at++].ToString();
    }

    /// <summary>Reads an escape; <paramref name="value"/> is the one character that it stands for, if it is one.</summary>
    private string Escape(bool inClass, out char? value)
    {
        const string Word = @"\p{L}\p{M}\p{Nd}\p{Pc}";
        value = null;
        if (_at + 1 >= _pattern.Length)
            throw Unsupported("a '\\' at the end");
        char name = _pattern[_at + 1];
        switch (name)
        {
            case 'w' or 'W':
                _at += 2;
                if (inClass && name == 'W')
                    throw Unsupported(@"\W in a character class");
                return inClass ? Word : name == 'w' ? $"[{Word}]" : $"[^{Word}]";
            case 'p' or 'P':
                int close = _pattern.IndexOf('}', _at);
                if (close < 0 || _pattern[_at + 2] != '{')
                    throw Unsupported(@"\p without {}");
                return Take(close + 1 - _at);
            case 'x' or 'u':
                int digits = name == 'x' ? 2 : 4;
                if (_at + 2 + digits > _pattern.Length || !ushort.TryParse(_pattern.AsSpan(_at + 2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code))
                    throw Unsupported($"\\{name} without {digits} hexadecimal digits");
                value = (char)code;
                return Take(2 + digits);
            case 's' or 'S' or 'd' or 'D':
                return Take(2);
            case 'A' or 'z' or 'Z' when !inClass:
                return Take(2);
            case 'n' or 'r' or 't' or 'f' or 'v':
                value = name switch { 'n' => '\n', 'r' => '\r', 't' => '\t', 'f' => '\f', _ => '\v' };
                return Take(2);
            case var other when char.IsAsciiLetterOrDigit(other):
                throw Unsupported($"\\{other}");
            default:
                value = name;
                return Take(2);
        }
    }

    private string Take(int length)
    {
        string text = _pattern.Substring(_at, length);
        _at += length;
        return text;
    }

    private void Mention(char first, char last)
    {
        if (CodePointShadow.IsReplacement(first, last))
            throw Unsupported($"the characters {first}-{last}");
    }

    private FormatException Unsupported(string what) => new($"pattern '{_pattern}' uses {what}, which is not supported");
}
