using System.Text;
using FLoRA.Inference.Cards;
using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Inference.Tests.Cards;

/// <summary>Cards as people and programs write them.</summary>
public class CardReaderTests
{
    [Fact]
    public void The_front_matter_speaks_before_the_text()
    {
        FolderCard card = CardReader.Parse("---\nlicense: mit\nlanguage: Lua\ntags: [a, b]\ndescription: >\n  Writes\n  Lua.\n---\n# Title\n\nSome prose.\n");
        Assert.Equal("Writes Lua.", card.Description);
        Assert.Equal(["lua"], card.Languages);
        Assert.Equal(new FolderCard("Writes Lua.", ["lua"]), card);
        Assert.NotEqual(new FolderCard("Writes Lua.", ["c"]), card);
    }

    [Theory]
    [InlineData("summary: S", "S")]
    [InlineData("summary: S\ndescription: D", "D")]
    [InlineData("description: [not, a, text]\nsummary: S", "S")]
    [InlineData("description: ~", "Prose.")]
    [InlineData("description: ''", "Prose.")]
    [InlineData("description: &a D\nother: *a", "D")]
    [InlineData("other: &a D\ndescription: *a", "Prose.")]
    [InlineData("{description: D}", "D")]
    [InlineData("nested: {description: D}", "Prose.")]
    [InlineData("? {description: D}\n: x\nsummary: S", "S")]
    [InlineData("- description: D", "Prose.")]
    [InlineData("# only a comment", "Prose.")]
    [InlineData("", "Prose.")]
    [InlineData("description: D\nbad: [", "D")]
    [InlineData("bad: [\ndescription: D", "Prose.")]
    public void A_description_is_a_text_of_the_outermost_mapping(string yaml, string expected) =>
        Assert.Equal(expected, CardReader.Parse($"---\n{yaml}\n---\nProse.").Description);

    [Theory]
    [InlineData("language: no", "no")]
    [InlineData("language: [Python, javascript, python]", "python javascript")]
    [InlineData("language:\n- en\n- null\n- [x]\n- 'r'", "en r")]
    [InlineData("language: {en: 1}", "")]
    [InlineData("language: *nowhere", "")]
    [InlineData("language: null", "")]
    [InlineData("nested:\n  language: en", "")]
    public void Languages_are_a_text_or_a_list_of_texts(string yaml, string expected) =>
        Assert.Equal(expected, string.Join(' ', CardReader.Parse($"---\n{yaml}\n---\n").Languages));

    [Theory]
    [InlineData("Only prose\nin two lines.\n\nMore.", "Only prose in two lines.")]
    [InlineData("# A\n\n## B\nProse.\n# C", "Prose.")]
    [InlineData("A\n===\n\nB\n---\nProse.", "Prose.")]
    [InlineData("<!-- one\n\ntwo --> \n\nProse.", "Prose.")]
    [InlineData("<!-- never closed\n\nProse.", null)]
    [InlineData("[![badge](https://a/b.svg)](https://a) ![logo](x.png)\n\nProse.", "Prose.")]
    [InlineData("<p align=\"center\">\nA logo\n</p>\n\nProse with <b>bold</b>, **bold**, `code` and a [link](https://a).", "Prose with bold, bold, code and a link.")]
    [InlineData("- a list\n  goes on\n\n1. another\n\n* * *\n\n> a quote\n\n| a | table |\n\n[x]: https://a\n\nProse.", "Prose.")]
    [InlineData("```python\nimport this\n\nnot prose\n```\n\n    nor this\n\n~~~\nnor that\n~~~\nProse.", "Prose.")]
    [InlineData("It does this. It reaches the following:\n\n- 3", "It does this.")]
    [InlineData("The following was used:\n- 3\n\nProse.", "Prose.")]
    [InlineData("[More Information Needed]\n\nMore information needed\n\nProse.", "Prose.")]
    [InlineData("42\n\n***", null)]
    [InlineData("", null)]
    [InlineData("---\ndescription: never closed\n\nProse.", null)]
    [InlineData("\n---\n\nProse after a rule.", "Prose after a rule.")]
    public void Else_the_description_is_the_first_paragraph_of_prose(string markdown, string? expected) =>
        Assert.Equal(expected, CardReader.Parse(markdown).Description);

    [Fact]
    public void A_card_that_nobody_filled_in_has_no_description()
    {
        FolderCard card = CardReader.Parse(CardTemplates.Peft);
        Assert.Null(card.Description);
        Assert.Empty(card.Languages);
    }

    [Fact]
    public void A_template_with_one_place_filled_in_says_that()
    {
        string card = CardTemplates.Peft.Replace("<!-- Provide a longer summary of what this model is. -->\n", "Writes tests for C.\n", StringComparison.Ordinal);
        Assert.Equal("Writes tests for C.", CardReader.Parse(card).Description);
    }

    [Fact]
    public void What_a_trainer_writes_is_a_description() => Assert.Equal(
        "This model is a fine-tuned version of some/base on an unknown dataset.",
        CardReader.Parse(CardTemplates.Trainer).Description);

    [Fact]
    public void Texts_are_one_line_without_what_steers_a_display()
    {
        FolderCard card = CardReader.Parse("---\ndescription: \"a\\e[31m red\\r\\n\\tline\\0\\u202Eback\\U000E0041\\u00a0\\u2028end\"\nlanguage: \"l\\aua\"\n---\n");
        Assert.Equal("a[31m red lineback end", card.Description);
        Assert.Equal(["lua"], card.Languages);
    }

    [Fact]
    public void A_long_description_is_cut_at_a_word_and_a_language_is_no_novel()
    {
        string words = string.Join(' ', Enumerable.Repeat("word", 1000)), emoji = string.Concat(Enumerable.Repeat("🙂", 1000));
        string cut = CardReader.Parse(words).Description!;
        Assert.InRange(cut.Length, 490, 500);
        Assert.EndsWith("word…", cut, StringComparison.Ordinal);
        string faces = CardReader.Parse($"a{emoji}").Description!;
        Assert.InRange(faces.Length, 490, 500);
        Assert.DoesNotContain('\uFFFD', Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(faces)));
        Assert.Equal(["en"], CardReader.Parse($"---\nlanguage: [{new string('x', 41)}, en]\n---").Languages);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_a_card_that_says_nothing()
    {
        using var folder = new TemporaryFolder();
        Assert.Same(FolderCard.Empty, FolderCard.Read(folder.Path));
        Assert.Same(FolderCard.Empty, FolderCard.Read(folder.File("nowhere")));
        Assert.Same(FolderCard.Empty, FolderCard.Read("a\0b"));
        Directory.CreateDirectory(folder.File("README.md"));
        Assert.Same(FolderCard.Empty, FolderCard.Read(folder.Path));
    }

    [Fact]
    public void A_file_may_have_a_byte_order_mark_carriage_returns_and_bytes_that_are_no_text()
    {
        using var folder = new TemporaryFolder();
        folder.Write("README.md", [.. Encoding.UTF8.Preamble, .. "---\r\nlanguage: lua\r\n---\r\n\r\nWrites "u8, 0xFF, .. " Lua.\r\n"u8]);
        FolderCard card = FolderCard.Read(folder.Path);
        Assert.Equal("Writes \uFFFD Lua.", card.Description);
        Assert.Equal(["lua"], card.Languages);
    }
}
