using System.Text.RegularExpressions;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>What the documentation points at is there: files, headings, tests.</summary>
public partial class LinkTests
{
    public static TheoryData<string> Pages() =>
    [
        "README.md", "CHANGELOG.md", "bench/README.md", "models/tinycoder/README.md", "samples/CodeAgent/README.md", "samples/Transcriber/README.md",
        .. Directory.GetFiles(Path.Combine(TestModel.Root, "docs"), "*.md").Select(file => $"docs/{Path.GetFileName(file)}").Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_relative_link_leads_to_a_file_and_a_heading(string page)
    {
        List<string> broken = [];
        foreach (string link in Link().Matches(Code().Replace(Prose(page), "")).Select(m => m.Groups[1].Value).Where(link => !Scheme().IsMatch(link)))
        {
            string[] parts = link.Split('#', 2);
            string target = parts[0].Length == 0 ? page : Path.GetRelativePath(TestModel.Root, Path.Combine(TestModel.Root, Path.GetDirectoryName(page)!, parts[0]));
            if (target.StartsWith("..", StringComparison.Ordinal) || !Path.Exists(Path.Combine(TestModel.Root, target)))
                broken.Add($"{link}: there is no {target} in the repository");
            else if (parts is [_, var anchor] && !Anchors(target).Contains(anchor))
                broken.Add($"{link}: {target} has no heading #{anchor}; it has {string.Join(", ", Anchors(target))}");
        }

        broken.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_test_that_is_named_exists(string page)
    {
        foreach (Match named in NamedTest().Matches(Prose(page)))
        {
            string? file = Directory.EnumerateFiles(Path.Combine(TestModel.Root, "tests"), $"{named.Groups[1].Value}.cs", SearchOption.AllDirectories).FirstOrDefault();
            file.ShouldNotBeNull(named.Value);
            if (named.Groups[2].Length > 0)
                File.ReadAllText(file).ShouldContain($" {named.Groups[2].Value}(", customMessage: named.Value);
        }
    }

    [Fact]
    public void The_contents_of_the_longest_page_list_its_sections()
    {
        string[] contents = [.. Link().Matches(Prose("docs/semantic-kernel.md").Split("\n## ")[0]).Select(m => m.Groups[1].Value).Where(link => link.StartsWith('#'))];
        contents.ShouldBe(Heading().Matches(Prose("docs/semantic-kernel.md")).Where(m => m.Value.StartsWith("## ", StringComparison.Ordinal)).Select(m => $"#{Anchor(m.Groups[1].Value)}"));
    }

    [Theory]
    [InlineData("# Overload, faults and `shutdown`", "overload-faults-and-shutdown")]
    [InlineData("### config.json", "configjson")]
    [InlineData("## 0.1.0 (unreleased)", "010-unreleased")]
    public void Anchors_are_made_as_the_forges_make_them(string heading, string anchor) => Anchor(Heading().Match(heading).Groups[1].Value).ShouldBe(anchor);

    /// <summary>The page without its blocks of code.</summary>
    private static string Prose(string page) => Fence().Replace(File.ReadAllText(Path.Combine(TestModel.Root, page)).Replace("\r", "", StringComparison.Ordinal), "");

    private static string[] Anchors(string page)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. Heading().Matches(Prose(page)).Select(m => Anchor(m.Groups[1].Value)).Select(anchor =>
        {
            int before = seen.GetValueOrDefault(anchor);
            seen[anchor] = before + 1;
            return before == 0 ? anchor : $"{anchor}-{before}";
        })];
    }

    private static string Anchor(string heading) => Dropped().Replace(heading.Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"^```.*?^```\s*?$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex("`[^`\n]*`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\[[^\]]*\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^[a-z]+:")]
    private static partial Regex Scheme();

    [GeneratedRegex("^#{1,6} (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex Dropped();

    [GeneratedRegex(@"`([A-Z]\w+Tests)(?:\.([A-Z]\w+))?`")]
    private static partial Regex NamedTest();
}
