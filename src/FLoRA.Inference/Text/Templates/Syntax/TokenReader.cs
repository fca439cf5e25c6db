namespace FLoRA.Inference.Text.Templates.Syntax;

/// <summary>Goes through the tokens of a template.</summary>
/// <param name="tokens">Ends with <see cref="TokenKind.End"/>.</param>
internal sealed class TokenReader(IReadOnlyList<Token> tokens)
{
    // Deep enough for any template, and far from the end of a stack.
    private const int MostDepth = 100;

    private int _depth;

    /// <summary>Place of the token that is next.</summary>
    public int At { get; private set; }

    /// <summary>The token that is next.</summary>
    public Token Current => tokens[At];

    /// <summary>The one behind it.</summary>
    public Token Ahead => tokens[Math.Min(At + 1, tokens.Count - 1)];

    /// <summary>Takes the next token.</summary>
    public Token Take() => Current.Kind == TokenKind.End ? Current : tokens[At++];

    /// <summary>Takes the next token if it is this operator.</summary>
    public bool TakeOperator(string sign) => Take(Current.IsOperator(sign));

    /// <summary>Takes the next token if it is this name.</summary>
    public bool TakeName(string name) => Take(Current.IsName(name));

    /// <summary>Takes an operator that must be there.</summary>
    public void ExpectOperator(string sign) => Expect(TakeOperator(sign), $"'{sign}'");

    /// <summary>Takes a name that must be there.</summary>
    public void ExpectName(string name) => Expect(TakeName(name), $"'{name}'");

    /// <summary>Takes a token of a kind that must be there.</summary>
    public Token Expect(TokenKind kind, string what)
    {
        Token token = Current;
        Expect(Take(token.Kind == kind), what);
        return token;
    }

    /// <summary>The error that something else should be here.</summary>
    public TemplateException Error(string expected) => new($"expected {expected}, got {Current.Description}", Current.Line);

    /// <summary>Whether a name stands between two places.</summary>
    public bool Mentions(string name, int from, int to) => Enumerable.Range(from, to - from).Any(at => tokens[at].IsName(name));

    /// <summary>Reads one level down.</summary>
    /// <exception cref="TemplateException">It is too deep.</exception>
    public T Nested<T>(Func<T> read)
    {
        if (++_depth > MostDepth)
            throw new TemplateException($"it nests more than {MostDepth} levels deep", Current.Line);
        T result = read();
        _depth--;
        return result;
    }

    private bool Take(bool fits)
    {
        if (fits)
            At++;
        return fits;
    }

    private void Expect(bool taken, string what)
    {
        if (!taken)
            throw Error(what);
    }
}
