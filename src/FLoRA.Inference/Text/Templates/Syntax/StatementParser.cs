using FLoRA.Inference.Text.Templates.Expressions;
using FLoRA.Inference.Text.Templates.Statements;
using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Syntax;

/// <summary>Statements: text, output and tags.</summary>
internal sealed class StatementParser
{
    private readonly TokenReader _tokens;
    private readonly ExpressionParser _expressions;
    private int _loops;

    private StatementParser(TokenReader tokens)
    {
        _tokens = tokens;
        _expressions = new ExpressionParser(tokens);
    }

    /// <exception cref="TemplateException">The template is none, or uses what is not supported; has the line.</exception>
    public static IReadOnlyList<Statement> Parse(string source)
    {
        StatementParser parser = new(new TokenReader(TemplateLexer.Read(source)));
        IReadOnlyList<Statement> body = parser.Body();
        return parser._tokens.Current.Kind == TokenKind.End ? body : throw new TemplateException($"the tag '{parser._tokens.Ahead.Text}' ends nothing", parser._tokens.Current.Line);
    }

    // Statements up to a tag that ends or divides the one around them; that one is next.
    private List<Statement> Body(params string[] ends) => _tokens.Nested(() =>
    {
        List<Statement> body = [];
        while (_tokens.Current.Kind != TokenKind.End)
        {
            Token token = _tokens.Current;
            if (token.Kind == TokenKind.BlockBegin && (ends.Contains(_tokens.Ahead.Text) || IsEnd(_tokens.Ahead.Text)))
                break;
            _tokens.Take();
            body.Add(token.Kind switch
            {
                TokenKind.Data => new DataStatement(token.Text, token.Line),
                TokenKind.VariableBegin => Output(token.Line),
                _ => Tag(),
            });
        }

        return body;
    });

    private static bool IsEnd(string name) => name is "else" or "elif" || name.StartsWith("end", StringComparison.Ordinal);

    private OutputStatement Output(int line)
    {
        OutputStatement output = new(_expressions.ParseTuple(), line);
        _tokens.Expect(TokenKind.VariableEnd, "'}}'");
        return output;
    }

    private Statement Tag()
    {
        Token name = _tokens.Expect(TokenKind.Name, "the name of a tag");
        switch (name.Text)
        {
            case "if":
                return If(name.Line);
            case "for":
                return For(name.Line);
            case "set":
                return Set(name.Line);
            case "macro":
                return new MacroStatement(Macro(_tokens.Expect(TokenKind.Name, "the name of the macro").Text, "endmacro"), name.Line);
            case "call":
                return Call(name.Line);
            case "filter":
                return new FilterStatement(FilterChain(), Block("endfilter"), name.Line);
            case "with":
                return With(name.Line);
            case "generation":
                return new GroupStatement(Block("endgeneration"), name.Line);
            case "break" or "continue" when _loops > 0:
                _tokens.Expect(TokenKind.BlockEnd, "'%}'");
                return new JumpStatement(name.Text == "break" ? Flow.Break : Flow.Continue, name.Line);
            default:
                throw new TemplateException(name.Text is "break" or "continue" ? $"'{name.Text}' stands outside of a loop" : $"the tag '{name.Text}' is not supported", name.Line);
        }
    }

    // "%}", statements, the end tag.
    private List<Statement> Block(string end)
    {
        _tokens.Expect(TokenKind.BlockEnd, "'%}'");
        List<Statement> body = Body(end);
        End(end);
        return body;
    }

    private void End(string name)
    {
        _tokens.Expect(TokenKind.BlockBegin, $"'{name}'");
        _tokens.ExpectName(name);
        _tokens.Expect(TokenKind.BlockEnd, "'%}'");
    }

    private IfStatement If(int line)
    {
        List<(Expression?, IReadOnlyList<Statement>)> branches = [];
        Expression? condition = _expressions.ParseTuple(conditional: false);
        while (true)
        {
            _tokens.Expect(TokenKind.BlockEnd, "'%}'");
            branches.Add((condition, Body("elif", "else", "endif")));
            _tokens.Expect(TokenKind.BlockBegin, "'endif'");
            if (condition is not null && _tokens.TakeName("elif"))
            {
                condition = _expressions.ParseTuple(conditional: false);
            }
            else if (condition is not null && _tokens.TakeName("else"))
            {
                condition = null;
            }
            else
            {
                _tokens.ExpectName("endif");
                _tokens.Expect(TokenKind.BlockEnd, "'%}'");
                return new IfStatement(branches, line);
            }
        }
    }

    private ForStatement For(int line)
    {
        Target target = Names();
        _tokens.ExpectName("in");
        Expression items = _expressions.ParseTuple(conditional: false);
        Expression? condition = _tokens.TakeName("if") ? _expressions.Parse() : null;
        bool recursive = _tokens.TakeName("recursive");
        _tokens.Expect(TokenKind.BlockEnd, "'%}'");
        _loops++;
        List<Statement> body = Body("else", "endfor");
        _loops--;
        List<Statement> otherwise = [];
        if (_tokens.Ahead.IsName("else"))
        {
            _tokens.Expect(TokenKind.BlockBegin, "'else'");
            _tokens.ExpectName("else");
            _tokens.Expect(TokenKind.BlockEnd, "'%}'");
            otherwise = Body("endfor");
        }

        End("endfor");
        return new ForStatement(target, items, condition, recursive, body, otherwise, line);
    }

    private Statement Set(int line)
    {
        Target target = Names(namespaces: true);
        if (_tokens.TakeOperator("="))
        {
            Expression value = _expressions.ParseTuple();
            _tokens.Expect(TokenKind.BlockEnd, "'%}'");
            return new SetStatement(target, value, line);
        }

        Func<Value, Rendering, Value> filter = _tokens.TakeOperator("|") ? FilterChain() : (value, _) => value;
        return new SetBlockStatement(target, filter, Block("endset"), line);
    }

    private Func<Value, Rendering, Value> FilterChain()
    {
        Func<Value, Rendering, Value> first = _expressions.ParseFilter();
        if (!_tokens.TakeOperator("|"))
            return first;
        Func<Value, Rendering, Value> rest = _tokens.Nested(FilterChain);
        return (value, rendering) => rest(first(value, rendering), rendering);
    }

    private CallStatement Call(int line)
    {
        int from = _tokens.At;
        IReadOnlyList<(string, Expression?)> parameters = _tokens.TakeOperator("(") ? Parameters() : [];
        CallExpression call = _expressions.ParseCall();
        return new CallStatement(call, Finish("caller", parameters, from, "endcall"), line);
    }

    private WithStatement With(int line)
    {
        List<(Target, Expression)> values = [];
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (values.Count > 0)
                _tokens.ExpectOperator(",");
            Target target = Names();
            _tokens.ExpectOperator("=");
            values.Add((target, _expressions.Parse()));
        }

        return new WithStatement(values, Block("endwith"), line);
    }

    private Macro Macro(string name, string end)
    {
        int from = _tokens.At;
        _tokens.ExpectOperator("(");
        return Finish(name, Parameters(), from, end);
    }

    private Macro Finish(string name, IReadOnlyList<(string, Expression?)> parameters, int from, string end)
    {
        int loops = _loops;
        _loops = 0;
        List<Statement> body = Block(end);
        _loops = loops;
        return new Macro(name, parameters, body)
        {
            TakesMore = _tokens.Mentions("varargs", from, _tokens.At),
            TakesMoreNamed = _tokens.Mentions("kwargs", from, _tokens.At),
            TakesCaller = _tokens.Mentions("caller", from, _tokens.At),
        };
    }

    // Behind the opening bracket.
    private List<(string Name, Expression? Missing)> Parameters()
    {
        List<(string Name, Expression?)> parameters = [];
        while (!_tokens.TakeOperator(")"))
        {
            if (parameters.Count > 0)
                _tokens.ExpectOperator(",");
            Token name = _tokens.Expect(TokenKind.Name, "the name of a parameter");
            if (parameters.Any(parameter => parameter.Name == name.Text))
                throw new TemplateException($"the parameter '{name.Text}' is there twice", name.Line);
            parameters.Add((name.Text, _tokens.TakeOperator("=") ? _expressions.Parse() : null));
        }

        return parameters;
    }

    // One name or, with commas, several.
    private Target Names(bool namespaces = false)
    {
        List<Target> targets = [];
        bool bracket = _tokens.TakeOperator("(");
        do
        {
            if (targets.Count > 0 && _tokens.Current.Kind != TokenKind.Name && !_tokens.Current.IsOperator("("))
                break;
            targets.Add(_tokens.Current.IsOperator("(") ? _tokens.Nested(() => Names()) : Name(namespaces));
        }
        while (_tokens.TakeOperator(","));
        if (bracket)
            _tokens.ExpectOperator(")");
        return targets.Count == 1 ? targets[0] : new TupleTarget(targets);
    }

    private Target Name(bool namespaces)
    {
        Token name = _tokens.Expect(TokenKind.Name, "a name");
        if (name.Text is "true" or "false" or "none" or "True" or "False" or "None")
            throw new TemplateException($"cannot assign to '{name.Text}'", name.Line);
        return namespaces && _tokens.TakeOperator(".") ? new NamespaceTarget(name.Text, _tokens.Expect(TokenKind.Name, "a name behind '.'").Text) : new NameTarget(name.Text);
    }
}
