namespace FLoRA.Inference.Cards;

/// <summary>
/// Reads README.md: YAML front matter between two lines <c>---</c>, then Markdown. The description is the front matter's
/// <c>description</c> or <c>summary</c>, else the first paragraph of prose; the languages are its <c>language</c>.
/// </summary>
internal static class CardReader
{
    private const string FileName = "README.md";

    /// <summary>A description and its front matter stand at the beginning; what lies beyond is not read.</summary>
    private const int MostBytes = 256 << 10;

    /// <summary>The card of a folder; says nothing where there is none.</summary>
    public static FolderCard Read(string folder)
    {
        try
        {
            return Parse(ReadBeginning(Path.Combine(folder, FileName)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return FolderCard.Empty;
        }
    }

    /// <summary>The card that is this text.</summary>
    public static FolderCard Parse(string text)
    {
        using var lines = new StringReader(text);
        var frontMatter = new FrontMatter();
        string body = text;
        if (lines.ReadLine()?.TrimEnd() == "---")
        {
            if (UntilClosed(lines) is not { } yaml)
                return FolderCard.Empty; // one block that never ends: neither YAML nor prose
            frontMatter = FrontMatter.Read(yaml);
            body = lines.ReadToEnd();
        }

        return new FolderCard(CardText.Describe(frontMatter.Description) ?? CardText.Describe(CardProse.FirstParagraph(body)), CardText.Languages(frontMatter.Languages));
    }

    private static string? UntilClosed(StringReader lines)
    {
        var yaml = new List<string>();
        while (lines.ReadLine() is { } line)
        {
            if (line.TrimEnd() == "---")
                return string.Join('\n', yaml);
            yaml.Add(line);
        }

        return null;
    }

    private static string ReadBeginning(string path)
    {
        using FileStream file = File.OpenRead(path);
        var bytes = new byte[MostBytes];
        int length = file.ReadAtLeast(bytes, MostBytes, throwOnEndOfStream: false);
        using var reader = new StreamReader(new MemoryStream(bytes, 0, length)); // without a byte order mark, bad bytes as U+FFFD
        return reader.ReadToEnd();
    }
}
