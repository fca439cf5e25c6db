using System.Globalization;

namespace FLoRA.Inference.Text.Templates.Syntax;

/// <summary>
/// Cuts a Jinja template into tokens, with its whitespace control: a newline behind a tag goes (trim_blocks), spaces before a tag on its own line go
/// (lstrip_blocks), "-" takes all whitespace, "+" keeps it; the last newline of the template goes. As transformers sets Jinja up.
/// </summary>
internal sealed class TemplateLexer
{
    // Names are looked up at every use.
    private const int LongestName = 1000;

    private static readonly string[] Operators =
        ["//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"];

    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private readonly Stack<char> _brackets = new();
    private int _at, _line = 1;

    // Whether what has been read last ended a line.
    private bool _lineStarts = true;

    private TemplateLexer(string source) => _source = source;

    /// <exception cref="TemplateException">It is no template; has the line.</exception>
    public static IReadOnlyList<Token> Read(string source)
    {
        source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (source.EndsWith('\n'))
            source = source[..^1];
        TemplateLexer lexer = new(source);
        while (lexer._at < source.Length)
            lexer.ReadData();
        lexer.Add(TokenKind.End, "");
        return lexer._tokens;
    }

    private bool Ahead(string text) => string.CompareOrdinal(_source, _at, text, 0, text.Length) == 0;

    private void Add(TokenKind kind, string text) => _tokens.Add(new Token(kind, text, _line));

    private TemplateException Error(string message) => new(message, _line);

    private void Skip(int length)
    {
        _line += _source.AsSpan(_at, length).Count('\n');
        if (length > 0)
            _lineStarts = _source[_at + length - 1] == '\n';
        _at += length;
    }

    private void ReadData()
    {
        int tag = _at;
        while ((tag = _source.IndexOf('{', tag)) >= 0 && !(tag + 1 < _source.Length && _source[tag + 1] is '{' or '%' or '#'))
            tag++;
        int begin = tag < 0 ? _source.Length : tag;
        string data = _source[_at..begin];
        char kind = tag < 0 ? '\0' : _source[begin + 1];
        char sign = begin + 2 < _source.Length ? _source[begin + 2] : '\0';
        string kept = tag < 0 ? data : sign == '-' ? data.TrimEnd() : sign == '+' || kind == '{' ? data : StripLine(data);
        if (kept.Length > 0)
            Add(TokenKind.Data, kept);
        Skip(begin - _at);
        if (tag < 0)
            return;
        Skip(sign is '-' or '+' ? 3 : 2);
        switch (kind)
        {
            case '#':
                ReadComment();
                break;
            case '%' when ReadsRaw():
                break;
            case '%':
                Add(TokenKind.BlockBegin, "{%");
                ReadTag('%', TokenKind.BlockEnd);
                break;
            default:
                Add(TokenKind.VariableBegin, "{{");
                ReadTag('}', TokenKind.VariableEnd);
                break;
        }
    }

    // Spaces between the last newline and a tag.
    private string StripLine(string data)
    {
        int line = data.LastIndexOf('\n') + 1;
        return (line > 0 || _lineStarts) && data.AsSpan(line).Trim().IsEmpty ? data[..line] : data;
    }

    private void ReadComment()
    {
        int end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0)
            throw Error("a comment does not end");
        char sign = end > _at ? _source[end - 1] : '\0';
        Skip(end - _at);
        EndTag(sign, 2, trims: true);
    }

    /// <summary>Reads the tokens of a tag up to its end.</summary>
    private void ReadTag(char close, TokenKind end)
    {
        while (true)
        {
            if (_at >= _source.Length)
                throw Error("a tag does not end");
            int sign = _source[_at] is '-' or '+' ? 1 : 0;
            bool ends = _brackets.Count == 0 && _at + sign + 1 < _source.Length && _source[_at + sign] == close && _source[_at + sign + 1] == '}';
            if (ends && (sign == 0 || close == '%' || _source[_at] == '-'))
            {
                char mark = sign == 0 ? '\0' : _source[_at];
                Add(end, "");
                Skip(sign);
                EndTag(mark, 2, trims: close == '%');
                return;
            }

            ReadToken();
        }
    }

    private void EndTag(char sign, int length, bool trims)
    {
        Skip(length);
        if (sign == '-')
            SkipWhitespace();
        else if (trims && sign != '+' && _at < _source.Length && _source[_at] == '\n')
            Skip(1);
    }

    private void SkipWhitespace()
    {
        int end = _at;
        while (end < _source.Length && char.IsWhiteSpace(_source[end]))
            end++;
        Skip(end - _at);
    }

    // {% raw %} ... {% endraw %}: text as it is.
    private bool ReadsRaw()
    {
        if (!TryWord("raw", out char sign))
            return false;
        EndTag(sign, 0, trims: false);
        int from = _at;
        for (int open = _source.IndexOf("{%", from, StringComparison.Ordinal); open >= 0; open = _source.IndexOf("{%", open + 2, StringComparison.Ordinal))
        {
            char before = open + 2 < _source.Length ? _source[open + 2] : '\0';
            int at = _at, line = _line;
            Skip(open + (before is '-' or '+' ? 3 : 2) - _at);
            if (TryWord("endraw", out sign))
            {
                string text = _source[from..open];
                text = before == '-' ? text.TrimEnd() : before == '+' ? text : StripLine(text);
                if (text.Length > 0)
                    _tokens.Add(new Token(TokenKind.Data, text, line));
                EndTag(sign, 0, trims: true);
                return true;
            }

            (_at, _line) = (at, line);
        }

        throw Error("a raw block does not end");
    }

    // A word that is the whole tag, with the tag's end.
    private bool TryWord(string word, out char sign)
    {
        int at = _at;
        while (at < _source.Length && char.IsWhiteSpace(_source[at]))
            at++;
        sign = '\0';
        if (string.CompareOrdinal(_source, at, word, 0, word.Length) != 0)
            return false;
        at += word.Length;
        while (at < _source.Length && char.IsWhiteSpace(_source[at]))
            at++;
        if (at < _source.Length && _source[at] is '-' or '+')
            sign = _source[at++];
        if (string.CompareOrdinal(_source, at, "%}", 0, 2) != 0)
            return false;
        Skip(at + 2 - _at);
        return true;
    }

    private void ReadToken()
    {
        char c = _source[_at];
        if (char.IsWhiteSpace(c))
        {
            SkipWhitespace();
        }
        else if (c is '\'' or '"')
        {
            (string value, int length) = StringLiteral.Read(_source, _at) ?? throw Error("a text in quotes does not end");
            Add(TokenKind.String, value);
            Skip(length);
        }
        else if (char.IsAsciiDigit(c))
        {
            ReadNumber();
        }
        else if (c == '_' || char.IsLetter(c))
        {
            int end = _at;
            while (end < _source.Length && (_source[end] == '_' || char.IsLetterOrDigit(_source[end]) || char.GetUnicodeCategory(_source[end]) == UnicodeCategory.NonSpacingMark))
                end++;
            Add(TokenKind.Name, end - _at <= LongestName ? _source[_at..end] : throw Error($"a name of {end - _at} characters, at most {LongestName} are supported"));
            Skip(end - _at);
        }
        else
        {
            ReadOperator();
        }
    }

    private void ReadOperator()
    {
        string sign = Operators.FirstOrDefault(Ahead) ?? throw Error($"'{_source[_at]}' is not expected here");
        if (sign is "(" or "[" or "{")
            _brackets.Push(sign[0] switch { '(' => ')', '[' => ']', _ => '}' });
        else if (sign is ")" or "]" or "}" && (!_brackets.TryPop(out char expected) || expected != sign[0]))
            throw Error($"'{sign}' closes nothing");
        Add(TokenKind.Operator, sign);
        Skip(sign.Length);
    }

    private void ReadNumber()
    {
        int end = _at;
        bool prefixed = _source[_at] == '0' && _at + 1 < _source.Length && char.ToLowerInvariant(_source[_at + 1]) is 'x' or 'b' or 'o';
        if (prefixed)
            end += 2;
        while (end < _source.Length && (prefixed ? char.IsAsciiHexDigit(_source[end]) : char.IsAsciiDigit(_source[end]) || (_source[end] == '_' && end > _at)))
            end++;
        int whole = end;
        if (!prefixed && end + 1 < _source.Length && _source[end] == '.' && char.IsAsciiDigit(_source[end + 1]))
            end = Digits(end + 1);
        if (!prefixed && end < _source.Length && _source[end] is 'e' or 'E')
        {
            int exponent = end + 1 < _source.Length && _source[end + 1] is '+' or '-' ? end + 2 : end + 1;
            if (exponent < _source.Length && char.IsAsciiDigit(_source[exponent]))
                end = Digits(exponent);
        }

        Add(end > whole ? TokenKind.Float : TokenKind.Integer, _source[_at..end].Replace("_", "", StringComparison.Ordinal));
        Skip(end - _at);

        int Digits(int at)
        {
            while (at < _source.Length && (char.IsAsciiDigit(_source[at]) || _source[at] == '_'))
                at++;
            return at;
        }
    }
}
