using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace FLoRA.Inference.Cards;

/// <summary>
/// The keys of a card's YAML that are of interest, read from the parser's events: aliases are never followed, so none can multiply, and
/// types are never resolved (the language <c>no</c> is Norwegian). Where the YAML is malformed or nested too deep it ends there.
/// </summary>
internal sealed class FrontMatter
{
    /// <summary>Cards nest about six deep (model-index); the scanner's time grows with the square of the depth.</summary>
    private const int MostDepth = 32;

    private readonly List<string> _languages = [];
    private string? _description, _summary;

    /// <summary><c>description</c>, else <c>summary</c>; null where neither is a text.</summary>
    public string? Description => _description ?? _summary;

    /// <summary><c>language</c>: a text or a list of them.</summary>
    public IReadOnlyList<string> Languages => _languages;

    /// <summary>Reads the text between the two lines.</summary>
    public static FrontMatter Read(string yaml)
    {
        var read = new FrontMatter();
        try
        {
            read.Follow(new Parser(new StringReader(yaml)));
        }
        catch (Exception)
        {
            // What came before the fault stands. YamlDotNet reports some malformed texts as InvalidOperationException, so no type is
            // trusted to be the only one: decoration keeps no adapter from loading.
        }

        return read;
    }

    private void Follow(Parser parser)
    {
        parser.Consume<StreamStart>();
        if (!parser.TryConsume<DocumentStart>(out _) || !parser.TryConsume<MappingStart>(out _))
            return;
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (parser.TryConsume<Scalar>(out var key))
                TakeValue(key.Value, parser);
            else
                SkipEntryWithoutName(parser);
        }
    }

    private void TakeValue(string key, Parser parser)
    {
        switch (key)
        {
            case "description" when parser.TryConsume<Scalar>(out var text):
                _description = TextOf(text);
                break;
            case "summary" when parser.TryConsume<Scalar>(out var text):
                _summary = TextOf(text);
                break;
            case "language" when parser.TryConsume<Scalar>(out var text):
                AddLanguage(text);
                break;
            case "language" when parser.TryConsume<SequenceStart>(out _):
                while (!parser.TryConsume<SequenceEnd>(out _))
                {
                    if (parser.TryConsume<Scalar>(out var one))
                        AddLanguage(one);
                    else
                        Skip(parser);
                }

                break;
            default:
                Skip(parser);
                break;
        }
    }

    private void AddLanguage(Scalar text)
    {
        if (TextOf(text) is { } language)
            _languages.Add(language);
    }

    /// <summary>Null for what YAML calls null; numbers and truth values are the text that they are written as.</summary>
    private static string? TextOf(Scalar scalar) => scalar is { Style: ScalarStyle.Plain, Value: "" or "~" or "null" or "Null" or "NULL" } ? null : scalar.Value;

    private static void SkipEntryWithoutName(Parser parser)
    {
        Skip(parser);
        Skip(parser);
    }

    private static void Skip(Parser parser)
    {
        int depth = 0;
        do
        {
            depth += parser.Consume<ParsingEvent>().NestingIncrease;
            if (depth > MostDepth)
                throw new YamlException($"nested deeper than {MostDepth}");
        }
        while (depth > 0);
    }
}
