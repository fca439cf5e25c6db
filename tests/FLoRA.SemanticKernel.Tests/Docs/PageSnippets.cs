using System.Text.RegularExpressions;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The code of a page of the documentation against the code that is compiled: the files named *Page.cs in this folder.</summary>
internal static partial class PageSnippets
{
    private static string Sources => Path.Combine(TestModel.Root, "tests", "FLoRA.SemanticKernel.Tests", "Docs");

    /// <summary>Fails unless every C# snippet of the page stands in one of the compiled files, white space and using directives aside.</summary>
    /// <param name="page">Path from the repository's root.</param>
    internal static void ShouldAllBeCompiled(string page)
    {
        string[] compiled = [.. Directory.GetFiles(Sources, "*Page.cs").Select(file => Squeeze(File.ReadAllText(file)))];
        string[] snippets = [.. CSharp().Matches(File.ReadAllText(Path.Combine(TestModel.Root, page))).Select(m => Squeeze(Using().Replace(m.Groups[1].Value, "")))];
        snippets.ShouldNotBeEmpty();
        foreach (string snippet in snippets)
            compiled.ShouldContain(file => file.Contains(snippet), snippet);
    }

    private static string Squeeze(string code) => Space().Replace(code, " ").Trim();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharp();

    [GeneratedRegex(@"^using [\w.]+;$", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
