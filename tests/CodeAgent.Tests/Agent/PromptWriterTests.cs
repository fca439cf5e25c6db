using CodeAgent.Agent;
using CodeAgent.Languages;

namespace CodeAgent.Tests.Agent;

public sealed class PromptWriterTests
{
    // Every prompt form that a typed task gets is one that the eval sets have, and so is every list of stop texts.
    [Theory]
    [InlineData("tiny_003_has_in_range", "has_in_range(scores: ints) -> bool")]
    [InlineData("tiny_007_dot_product", "dot_product(marks, extras)")]
    [InlineData("tiny_020_find_longest", "find_longest(titles: strs) -> str")]
    [InlineData("tiny_033_count_value", "count_value(votes: ints, level: int) -> int")]
    public void A_typed_task_has_the_form_of_the_eval_sets(string name, string signature)
    {
        CodingTask known = EvalSet.Load(TestRun.Embedded.EvalSets, LanguageTable.All).Single(t => t.Name == name);
        CodingTask typed = PromptWriter.Write(known.Description, Signature.Parse(signature), LanguageTable.All);

        foreach (Language language in LanguageTable.All)
        {
            typed.ByLanguage[language.Id].Prompt.ShouldBe(known.ByLanguage[language.Id].Prompt);
            typed.ByLanguage[language.Id].StopTexts.ShouldBe(known.ByLanguage[language.Id].StopTexts);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("f")]
    [InlineData("f()")]
    [InlineData("f(a b)")]
    [InlineData("f(a: list)")]
    [InlineData("f(a) -> void")]
    [InlineData("f(a); g(b)")]
    [InlineData("1f(a)")]
    public void What_is_no_signature_is_refused(string text) =>
        Should.Throw<UsageException>(() => Signature.Parse(text)).Message.ShouldContain($"got '{text}'");
}
