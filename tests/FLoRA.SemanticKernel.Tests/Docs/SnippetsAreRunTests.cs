using System.Reflection;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>What is compiled for a page is also run: a snippet that nobody runs proves little.</summary>
public class SnippetsAreRunTests
{
    [Fact]
    public void Every_method_with_a_snippet_is_called_by_a_test()
    {
        string folder = Path.Combine(TestModel.Root, "tests", "FLoRA.SemanticKernel.Tests", "Docs");
        string tests = string.Concat(Directory.GetFiles(folder, "*PageTests.cs").Select(File.ReadAllText));
        string[] snippets = [.. typeof(AgentsPage).Assembly.GetTypes()
            .Where(type => type.Name.EndsWith("Page", StringComparison.Ordinal) && !type.IsNested)
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly)
                .Where(method => method.IsAssembly && !method.Name.Contains('<', StringComparison.Ordinal))
                .Select(method => $"{type.Name}.{method.Name}"))];
        snippets.Length.ShouldBeGreaterThan(5);
        snippets.Where(snippet => !tests.Contains(snippet)).ShouldBeEmpty();
    }
}
