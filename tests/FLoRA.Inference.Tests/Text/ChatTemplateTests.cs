using System.Text.Json;
using FLoRA.Inference.Tests.TestSupport;
using FLoRA.Inference.Text;
using FLoRA.TestData;
using Microsoft.Extensions.Time.Testing;

namespace FLoRA.Inference.Tests.Text;

public sealed class ChatTemplateTests
{
    private static readonly string Root = Path.Combine(RepositoryData.Golden, "chat");

    // As the golden cases were made.
    private static readonly TimeProvider Clock = new FakeTimeProvider(new DateTimeOffset(2026, 7, 4, 9, 5, 3, TimeSpan.Zero));

    public static TheoryData<string> Styles => [.. Directory.GetDirectories(Root).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Styles))]
    public void Conversations_are_written_as_jinja_writes_them(string style)
    {
        ChatTemplate template = ChatTemplate.Load(Path.Combine(Root, style), Clock);
        JsonElement[] cases = [.. TextData.Json(Path.Combine(Root, style, "cases.json")).EnumerateArray()];
        Assert.True(cases.Length >= 10, $"{cases.Length} cases");
        Assert.All(cases, @case =>
        {
            ChatTurn[] turns = [.. @case.GetProperty("messages").EnumerateArray().Select(Turn)];
            bool prompt = @case.GetProperty("add_generation_prompt").GetBoolean();
            if (@case.TryGetProperty("error", out JsonElement error))
                Assert.EndsWith($"refuses the conversation: {error.GetString()}", Assert.Throws<InvalidRequestException>(() => template.Render(turns, prompt)).Message, StringComparison.Ordinal);
            else
                Assert.Equal(@case.GetProperty("text").GetString(), template.Render(turns, prompt));
        });
    }

    [Fact]
    public void A_file_of_its_own_goes_before_the_configuration_and_tokens_come_from_the_map()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("tokenizer_config.json"), """{"chat_template":"old","eos_token":"</s>"}""");
        File.WriteAllText(folder.File("special_tokens_map.json"), """{"bos_token":{"content":"<s>"},"eos_token":"no"}""");
        File.WriteAllText(folder.File("chat_template.jinja"), "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}\n");
        Assert.Equal("<s>x</s>", ChatTemplate.Load(folder.Path).Render([new ChatTurn("user", "x")]));
    }

    [Theory]
    [InlineData("{{ messages[0].text.upper() }}", "cannot write this conversation (line 1): 'dict object' has no attribute 'text'")]
    [InlineData("a\n{% for m in messages %}\n{{ m.content + 1 }}{% endfor %}", "(line 3): can only concatenate str (not \"int\") to str")]
    [InlineData("{{ raise_exception('') }}", "refuses the conversation: ")]
    public void What_goes_wrong_is_the_requests_error(string source, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidRequestException>(() => ChatTemplate.Parse(source).Render([new ChatTurn("user", "x")])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("x\n{% include 'a' %}", "chat template, line 2: the tag 'include' is not supported")]
    [InlineData("{{ 1 | nothing }}", "line 1: No filter named 'nothing'.")]
    [InlineData("\n\n{% if true %}", "line 3: expected 'endif', got the end of the template")]
    public void A_template_that_cannot_be_read_is_named(string source, string message)
    {
        Assert.Contains(message, Assert.Throws<FormatException>(() => ChatTemplate.Parse(source)).Message, StringComparison.Ordinal);
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("chat_template.jinja"), source);
        Assert.Contains(message, Assert.Throws<ModelLoadException>(() => ChatTemplate.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_template_says_so()
    {
        using TemporaryFolder folder = new();
        Assert.Contains("has no chat template", Assert.Throws<ModelLoadException>(() => ChatTemplate.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    private static ChatTurn Turn(JsonElement turn) => new(
        turn.GetProperty("role").GetString()!, turn.GetProperty("content").GetString()!, turn.TryGetProperty("name", out JsonElement name) ? name.GetString() : null);
}
