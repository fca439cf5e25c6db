using System.Text;
using FLoRA.Inference.Cards;
using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Inference.Tests.Cards;

/// <summary>Cards made to hurt: nothing throws, and all ends soon.</summary>
public class HostileCardTests
{
    private const int Size = 256 << 10;

    public static TheoryData<string, string> Patterns => new()
    {
        { "flow sequences", "[" }, { "flow mappings", "{" }, { "flow keys", "{a: " }, { "sequences", "- " }, { "explicit keys", "? " }, { "anchors", "&a " },
        { "quotes", "\"" }, { "keys", "a: b\n" }, { "tags", "!!x " }, { "tabs", "\t" }, { "documents", "a: b\n...\n" }, { "links", "[a](" }, { "images", "![" },
        { "comments", "<!--" }, { "fences", "```\n" }, { "stars", "*" }, { "rules", "- - " }, { "tags of HTML", "<a " }, { "numbers", "1" }, { "words", "word " }, { "backslashes", "\\" },
    };

    [Theory, MemberData(nameof(Patterns))]
    public async Task A_pattern_repeated_to_the_limit_is_read_to_its_end(string name, string pattern)
    {
        Assert.NotEmpty(name);
        string text = string.Concat(Enumerable.Repeat(pattern, Size / pattern.Length));
        string[] cards = [text, $"---\n{text}\n---\n{text}", $"---\nlanguage: {text}\n---\n", $"---\ndescription: {text}\n---\n"];
        // A guard against time that grows with the square of the length (minutes), not a measurement: all four take well under a second.
        await Task.Run(() => Array.ForEach(cards, AssertHarmless), TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Aliases_cannot_multiply()
    {
        var yaml = new StringBuilder("---\na0: &a0 [x, x]\n");
        for (int i = 1; i < 60; i++)
            yaml.Append($"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n");
        Assert.Equal(["lua"], CardReader.Parse($"{yaml}language: [*a59, lua]\n---\n").Languages);
    }

    [Fact]
    public void Deep_nesting_ends_the_reading_and_keeps_what_came_before() =>
        Assert.Equal(["lua"], CardReader.Parse($"---\nlanguage: lua\nx: {new string('[', 100)}{new string(']', 100)}\ndescription: never read\n---\n").Languages);

    [Fact]
    public void Only_the_beginning_of_a_file_is_read()
    {
        using var folder = new TemporaryFolder();
        folder.Write("README.md", Encoding.UTF8.GetBytes("Prose.\n\n" + new string('x', 4 << 20)));
        Assert.Equal("Prose.", FolderCard.Read(folder.Path).Description);
        folder.Write("README.md", Encoding.UTF8.GetBytes($"---\nx: {new string('x', Size)}\n---\nProse."));
        Assert.Equal(FolderCard.Empty, FolderCard.Read(folder.Path));
    }

    [Fact]
    public void Mutated_cards_never_throw()
    {
        var random = new Random(11);
        string[] seeds = [CardTemplates.Peft, CardTemplates.Trainer, "---\nlanguage: [a, 'b', \"c\"]\ndescription: |\n  text\nx: {y: &z [1, *z]}\n---\n# T\n\nProse [a](b).\n"];
        const string Alphabet = "-#:[]{}*&!|>'\"%@`?,\n\t \\<=~.\0\uFFFF\uD800a1";
        for (int n = 0; n < 3000; n++)
        {
            var text = new StringBuilder(seeds[n % seeds.Length]);
            for (int change = random.Next(1, 12); change > 0; change--)
            {
                int at = random.Next(text.Length);
                if (random.Next(3) == 0)
                    text.Remove(at, Math.Min(random.Next(1, 30), text.Length - at - 1));
                else
                    text.Insert(at, Alphabet[random.Next(Alphabet.Length)]);
            }

            AssertHarmless(text.ToString());
        }
    }

    private static void AssertHarmless(string text)
    {
        FolderCard card = CardReader.Parse(text);
        Assert.True(card.Description is not { Length: 0 or > 500 });
        Assert.DoesNotContain(card.Description ?? "", char.IsControl);
        Assert.All(card.Languages, language => Assert.InRange(language.Length, 1, 40));
    }
}
