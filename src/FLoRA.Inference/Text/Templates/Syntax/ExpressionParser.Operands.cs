using System.Globalization;
using FLoRA.Inference.Text.Templates.Expressions;
using FLoRA.Inference.Text.Templates.Values;

namespace FLoRA.Inference.Text.Templates.Syntax;

/// <summary>What stands between operators: names, values as they are written, brackets.</summary>
internal sealed partial class ExpressionParser
{
    private Expression Primary()
    {
        Token token = tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                tokens.Take();
                return token.Text switch
                {
                    "true" or "True" => new Literal(BooleanValue.True),
                    "false" or "False" => new Literal(BooleanValue.False),
                    "none" or "None" => new Literal(NoneValue.Instance),
                    _ => new NameExpression(token.Text),
                };
            case TokenKind.String:
                string text = "";
                while (tokens.Current.Kind == TokenKind.String)
                    text += tokens.Take().Text;
                return new Literal(new TextValue(text));
            case TokenKind.Integer:
                return new Literal(new IntegerValue(Integer(tokens.Take())));
            case TokenKind.Float:
                return new Literal(new RealValue(double.Parse(tokens.Take().Text, CultureInfo.InvariantCulture)));
            case TokenKind.Operator when token.Text == "(":
                tokens.Take();
                Expression inner = tokens.Current.IsOperator(")") ? new ListLiteral([], isTuple: true) : ParseTuple();
                tokens.ExpectOperator(")");
                return inner;
            case TokenKind.Operator when token.Text == "[":
                tokens.Take();
                return new ListLiteral(Items("]"), isTuple: false);
            case TokenKind.Operator when token.Text == "{":
                tokens.Take();
                return Map();
            default:
                throw tokens.Error("an expression");
        }
    }

    private static long Integer(Token token)
    {
        (NumberStyles style, int skip) = token.Text.Length > 1 ? char.ToLowerInvariant(token.Text[1]) switch
        {
            'x' => (NumberStyles.AllowHexSpecifier, 2),
            'b' => (NumberStyles.AllowBinarySpecifier, 2),
            _ => (NumberStyles.None, 0),
        } : (NumberStyles.None, 0);
        return long.TryParse(token.Text.AsSpan(skip), style, CultureInfo.InvariantCulture, out long number) ? number : throw new TemplateException($"the number {token.Text} is not supported", token.Line);
    }

    private List<Expression> Items(string close)
    {
        List<Expression> items = [];
        while (!tokens.TakeOperator(close))
        {
            if (items.Count > 0)
                tokens.ExpectOperator(",");
            if (tokens.TakeOperator(close))
                break;
            items.Add(Parse());
        }

        return items;
    }

    private MapLiteral Map()
    {
        List<(Expression, Expression)> entries = [];
        while (!tokens.TakeOperator("}"))
        {
            if (entries.Count > 0)
                tokens.ExpectOperator(",");
            if (tokens.TakeOperator("}"))
                break;
            Expression key = Parse();
            tokens.ExpectOperator(":");
            entries.Add((key, Parse()));
        }

        return new MapLiteral(entries);
    }
}
