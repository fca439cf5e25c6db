using System.Text.RegularExpressions;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The JSON blocks of a page.</summary>
internal static partial class JsonBlocks
{
    internal static IEnumerable<string> Of(string page) => Block().Matches(page).Select(m => m.Groups[1].Value);

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
