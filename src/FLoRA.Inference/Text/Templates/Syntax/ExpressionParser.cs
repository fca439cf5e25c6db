using FLoRA.Inference.Text.Templates.Builtins;
using FLoRA.Inference.Text.Templates.Expressions;
using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Syntax;

/// <summary>Expressions, by descent; the order of the methods is that of Jinja's grammar, from loose to tight.</summary>
internal sealed partial class ExpressionParser(TokenReader tokens)
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];

    /// <summary>An expression, with <c>a if b else c</c>.</summary>
    public Expression Parse() => tokens.Nested(() =>
    {
        Expression value = Or();
        while (tokens.TakeName("if"))
        {
            Expression condition = Or();
            value = new ConditionalExpression(condition, value, tokens.TakeName("else") ? Parse() : null);
        }

        return value;
    });

    /// <summary>One expression or, with commas, a tuple.</summary>
    /// <param name="conditional">Whether "if" belongs to it.</param>
    public Expression ParseTuple(bool conditional = true)
    {
        List<Expression> items = [];
        bool comma = false;
        while (!EndsTuple())
        {
            items.Add(conditional ? Parse() : tokens.Nested(Or));
            comma = tokens.TakeOperator(",");
            if (!comma)
                break;
        }

        return items.Count == 1 && !comma ? items[0] : items.Count > 0 ? new ListLiteral(items, isTuple: true) : throw tokens.Error("an expression");
    }

    /// <summary>A filter's name with its arguments, as a function.</summary>
    public Func<Value, Rendering, Value> ParseFilter()
    {
        (Filter filter, ArgumentList arguments) = FilterCall();
        return (value, rendering) => filter(value, rendering, arguments.Evaluate(rendering));
    }

    /// <summary>Something that is called.</summary>
    public CallExpression ParseCall() => Parse() as CallExpression ?? throw tokens.Error("a call");

    private bool EndsTuple() => tokens.Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd or TokenKind.End || tokens.Current.IsOperator(")") || tokens.Current.IsName("recursive");

    private Expression Or()
    {
        Expression left = And();
        while (tokens.TakeName("or"))
            left = new LogicExpression(isAnd: false, left, And());
        return left;
    }

    private Expression And()
    {
        Expression left = Not();
        while (tokens.TakeName("and"))
            left = new LogicExpression(isAnd: true, left, Not());
        return left;
    }

    private Expression Not() => tokens.TakeName("not") ? new NotExpression(tokens.Nested(Not)) : Comparison();

    private Expression Comparison()
    {
        Expression first = Sum();
        List<(string, Expression)> rest = [];
        while (true)
        {
            if (tokens.Current.Kind == TokenKind.Operator && Comparisons.Contains(tokens.Current.Text))
            {
                rest.Add((tokens.Take().Text, Sum()));
            }
            else if (tokens.TakeName("in"))
            {
                rest.Add(("in", Sum()));
            }
            else if (tokens.Current.IsName("not") && tokens.Ahead.IsName("in"))
            {
                tokens.Take();
                tokens.Take();
                rest.Add(("not in", Sum()));
            }
            else
            {
                return rest.Count == 0 ? first : new ComparisonExpression(first, rest);
            }
        }
    }

    private Expression Sum() => Binary(Joined, "+", "-");

    private Expression Joined() => Binary(Product, "~");

    private Expression Product() => Binary(Power, "*", "/", "//", "%");

    private Expression Power() => Binary(() => Unary(filters: true), "**");

    private Expression Binary(Func<Expression> operand, params string[] signs)
    {
        Expression left = operand();
        while (tokens.Current.Kind == TokenKind.Operator && signs.Contains(tokens.Current.Text))
            left = new BinaryExpression(tokens.Take().Text, left, operand());
        return left;
    }

    private Expression Unary(bool filters)
    {
        Expression value = tokens.Current.IsOperator("-") || tokens.Current.IsOperator("+")
            ? new SignExpression(tokens.Take().Text == "-", tokens.Nested(() => Unary(filters: false)))
            : Primary();
        value = Postfix(value);
        return filters ? FiltersOf(value) : value;
    }

    private Expression Postfix(Expression value)
    {
        while (true)
        {
            if (tokens.TakeOperator("."))
                value = Dotted(value);
            else if (tokens.TakeOperator("["))
                value = Subscript(value);
            else if (tokens.TakeOperator("("))
                value = new CallExpression(value, Arguments());
            else
                return value;
        }
    }

    private Expression Dotted(Expression value) => tokens.Current.Kind == TokenKind.Integer
        ? new ItemExpression(value, new Literal(new IntegerValue(Integer(tokens.Take()))))
        : new AttributeExpression(value, tokens.Expect(TokenKind.Name, "a name behind '.'").Text);

    private Expression Subscript(Expression value)
    {
        Expression? start = tokens.Current.IsOperator(":") ? null : Parse();
        if (start is not null && tokens.TakeOperator("]"))
            return new ItemExpression(value, start);
        tokens.ExpectOperator(":");
        Expression? stop = tokens.Current.IsOperator(":") || tokens.Current.IsOperator("]") ? null : Parse();
        Expression? step = tokens.TakeOperator(":") && !tokens.Current.IsOperator("]") ? Parse() : null;
        tokens.ExpectOperator("]");
        return new SliceExpression(value, start, stop, step);
    }

    // Behind the opening bracket.
    private ArgumentList Arguments()
    {
        List<Expression> positional = [];
        List<(string, Expression)> named = [];
        while (!tokens.TakeOperator(")"))
        {
            if (positional.Count + named.Count > 0)
                tokens.ExpectOperator(",");
            if (tokens.TakeOperator(")"))
                break;
            if (tokens.Current.Kind == TokenKind.Name && tokens.Ahead.IsOperator("="))
            {
                Token name = tokens.Take();
                tokens.Take();
                if (named.Any(argument => argument.Item1 == name.Text))
                    throw new TemplateException($"the argument '{name.Text}' is given twice", name.Line);
                named.Add((name.Text, Parse()));
            }
            else if (named.Count > 0 || tokens.Current.IsOperator("*") || tokens.Current.IsOperator("**"))
            {
                throw tokens.Error("name=value");
            }
            else
            {
                positional.Add(Parse());
            }
        }

        return new ArgumentList(positional, named);
    }

    private Expression FiltersOf(Expression value)
    {
        while (true)
        {
            if (tokens.TakeOperator("|"))
            {
                (Filter filter, ArgumentList arguments) = FilterCall();
                value = new FilterExpression((operand, rendering, given) => filter(operand, rendering, given), value, arguments);
            }
            else if (tokens.TakeName("is"))
            {
                value = TestOf(value);
            }
            else if (tokens.TakeOperator("("))
            {
                value = new CallExpression(value, Arguments());
            }
            else
            {
                return value;
            }
        }
    }

    private (Filter Filter, ArgumentList Arguments) FilterCall()
    {
        Token name = tokens.Expect(TokenKind.Name, "the name of a filter");
        Filter filter = Filters.Find(name.Text) ?? throw new TemplateException($"No filter named '{name.Text}'.", name.Line);
        return (filter, tokens.TakeOperator("(") ? Arguments() : ArgumentList.None);
    }

    private Expression TestOf(Expression value)
    {
        bool negated = tokens.TakeName("not");
        Token name = tokens.Expect(TokenKind.Name, "the name of a test");
        Test test = Tests.Find(name.Text) ?? throw new TemplateException($"No test named '{name.Text}'.", name.Line);
        ArgumentList arguments = ArgumentList.None;
        if (tokens.TakeOperator("("))
            arguments = Arguments();
        else if (BeginsOperand() && !IsKeyword())
            arguments = new ArgumentList([Postfix(Primary())], []);
        Expression result = new TestExpression((operand, rendering, given) => test(operand, rendering, given), value, arguments);
        return negated ? new NotExpression(result) : result;
    }

    private bool BeginsOperand() => tokens.Current.Kind is TokenKind.Name or TokenKind.String or TokenKind.Integer or TokenKind.Float || tokens.Current.IsOperator("[") || tokens.Current.IsOperator("{");

    private bool IsKeyword() => tokens.Current.Kind == TokenKind.Name && tokens.Current.Text is "else" or "or" or "and" or "is" or "if" or "in" or "not";
}
