using System.Text.RegularExpressions;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>README.md shows what compiles, what it prints, and what there is.</summary>
public sealed partial class ReadmePageTests : IDisposable
{
    private readonly string _before = Directory.GetCurrentDirectory();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flora-readme-");

    private static string Page => Read("README.md");

    public void Dispose()
    {
        Directory.SetCurrentDirectory(_before);
        File.Delete(Path.Combine(_folder.FullName, "FLoRA.NET")); // the link alone
        _folder.Delete();
    }

    [Fact]
    public void Every_snippet_is_one_that_is_compiled() => PageSnippets.ShouldAllBeCompiled("README.md");

    [Fact]
    public void The_program_has_the_usings_that_it_needs()
    {
        string program = Page.Split("`MyProgram/Program.cs`")[1];
        string compiled = Read("tests/FLoRA.SemanticKernel.Tests/Docs/ReadmePage.cs");
        // The compiled form is in a namespace below FLoRA.SemanticKernel; an unused using is an error there.
        Using().Matches(program).Select(m => m.Value).ShouldBe(["using FLoRA.SemanticKernel;", .. Using().Matches(compiled).Select(m => m.Value)]);
    }

    [Fact]
    public async Task The_program_prints_what_the_page_says()
    {
        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "FLoRA.NET"), TestModel.Root);
        Directory.SetCurrentDirectory(_folder.FullName);
        TextWriter console = Console.Out;
        using var written = new StringWriter();
        Console.SetOut(written);
        try
        {
            await ReadmePage.Program();
        }
        finally
        {
            Console.SetOut(console);
        }

        string[] shown = [.. Page.Split("    $ dotnet run --project MyProgram\n")[1].Split('\n').TakeWhile(line => line.Length == 0 || line.StartsWith("    ", StringComparison.Ordinal))];
        string.Join('\n', shown.Select(line => line.Length == 0 ? line : line[4..])).Trim().ShouldBe(written.ToString().Trim());
    }

    [Fact]
    public void It_lists_every_page_of_the_documentation()
    {
        foreach (string page in Directory.GetFiles(Path.Combine(TestModel.Root, "docs")).Select(Path.GetFileName).OfType<string>())
            Page.ShouldContain($"(docs/{page})");
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(TestModel.Root, path));

    [GeneratedRegex(@"^using [\w.]+;", RegexOptions.Multiline)]
    private static partial Regex Using();
}
