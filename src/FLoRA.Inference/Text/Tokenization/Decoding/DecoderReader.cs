using System.Text;
using System.Text.Json;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>What the <c>decoder</c> of tokenizer.json makes of tokens.</summary>
/// <param name="BytesOf">Bytes of a token of the vocabulary.</param>
/// <param name="BytesOfAdded">Bytes of an added token.</param>
/// <param name="LeadingSpace">What becomes of the first space.</param>
/// <param name="Encoding">How bytes become text.</param>
internal sealed record TokenDecoding(Func<string, byte[]> BytesOf, Func<string, byte[]> BytesOfAdded, LeadingSpace LeadingSpace, Encoding Encoding);

/// <summary>Reads it.</summary>
internal static class DecoderReader
{
    /// <exception cref="FormatException">Names the part that is not supported.</exception>
    public static TokenDecoding Read(JsonElement? decoder)
    {
        JsonElement[] parts = JsonFields.Parts(decoder, "decoders");
        switch (parts.Select(part => JsonFields.TypeOf(part)).ToArray())
        {
            case ["ByteLevel"]:
                return new TokenDecoding(ByteAlphabet.BytesOf, Encoding.UTF8.GetBytes, LeadingSpace.Kept, Encoding.UTF8);
            case ["Metaspace"]:
                string mark = PreTokenizerReader.Mark(parts[0]).ToString();
                LeadingSpace space = PreTokenizerReader.Scheme(parts[0]) == PrefixScheme.Never ? LeadingSpace.Kept : LeadingSpace.AllOfFirstToken;
                return Marked(token => token.Replace(mark, " ", StringComparison.Ordinal), bytes: false, space);
            case [.. var types] when types.Length > 0:
                return Chain(parts, types);
            default:
                throw new FormatException("its decoder is none; ByteLevel, Metaspace or Replace + ByteFallback + Fuse + Strip is needed");
        }
    }

    // Replace*, ByteFallback?, Fuse?, Strip? in this order.
    private static TokenDecoding Chain(JsonElement[] parts, string[] types)
    {
        int at = 0;
        List<(string From, string To)> replacements = [];
        for (; at < parts.Length && types[at] == "Replace"; at++)
            replacements.Add(Replacement(parts[at]));
        bool bytes = Take("ByteFallback"), fused = Take("Fuse");
        LeadingSpace space = LeadingSpace.Kept;
        if (fused && at < parts.Length && types[at] == "Strip")
            space = Strip(parts[at++]);
        if (at < parts.Length || (!fused && !bytes))
            throw new FormatException($"its decoder is {string.Join(" + ", types)}; ByteLevel, Metaspace or Replace + ByteFallback + Fuse + Strip is supported");
        return Marked(token => replacements.Aggregate(token, (text, rule) => text.Replace(rule.From, rule.To, StringComparison.Ordinal)), bytes, space);

        bool Take(string type)
        {
            bool there = at < parts.Length && types[at] == type;
            at += there ? 1 : 0;
            return there;
        }
    }

    private static (string From, string To) Replacement(JsonElement part)
    {
        string from = part.Required("pattern", JsonValueKind.Object).Text("String"), to = part.Text("content");
        return from.Length > 0 && to.Length <= from.Length ? (from, to) : throw new FormatException($"decoder Replace of '{from}' by '{to}' is not supported; what it writes may not be longer");
    }

    private static TokenDecoding Marked(Func<string, string> replace, bool bytes, LeadingSpace space)
    {
        return new TokenDecoding(BytesOf, BytesOf, space, bytes ? ReplacementPerByte.Utf8 : Encoding.UTF8);

        byte[] BytesOf(string token) => bytes && ByteTokens.TryParse(token, out byte value) ? [value] : Encoding.UTF8.GetBytes(replace(token));
    }

    private static LeadingSpace Strip(JsonElement part)
    {
        int start = part.Required("start", JsonValueKind.Number).Id("Strip"), stop = part.Required("stop", JsonValueKind.Number).Id("Strip");
        return (part.Text("content"), start, stop) switch
        {
            (_, 0, 0) => LeadingSpace.Kept,
            (" ", 1, 0) => LeadingSpace.OneOfText,
            var (content, _, _) => throw new FormatException($"decoder Strip of '{content}', {start} at the start and {stop} at the end, is not supported; one space at the start is"),
        };
    }
}
