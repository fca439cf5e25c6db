namespace FLoRA.SemanticKernel.Tests;

/// <summary>Aliases of languages.</summary>
public class LanguageNamesTests
{
    [Theory]
    [InlineData("C++", "cpp")]
    [InlineData("c#", "CSharp")]
    [InlineData("cs", "csharp")]
    [InlineData("JavaScript", "js")]
    [InlineData("TypeScript", "ts")]
    [InlineData("Python", "py")]
    [InlineData("rust", "rs")]
    [InlineData("ruby", "rb")]
    [InlineData("bash", "sh")]
    [InlineData("shell", "sh")]
    [InlineData("perl", "pl")]
    [InlineData("Go", "golang")]
    [InlineData("racket", "rkt")]
    [InlineData(" lua ", "Lua")]
    [InlineData("cobol", "COBOL")]
    public void Two_names_of_a_language_are_one(string one, string other) => LanguageNames.Of(one).ShouldBe(LanguageNames.Of(other));

    [Theory]
    [InlineData("c", "c++")]
    [InlineData("java", "javascript")]
    [InlineData("r", "rust")]
    [InlineData("c#", "f#")]
    public void Two_languages_are_two(string one, string other) => LanguageNames.Of(one).ShouldNotBe(LanguageNames.Of(other));
}
