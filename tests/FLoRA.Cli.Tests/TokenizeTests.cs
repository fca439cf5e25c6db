using System.Text.Json;

namespace FLoRA.Cli.Tests;

public sealed class TokenizeTests
{
    [Fact]
    public async Task TextComesBack()
    {
        string[] texts = ["def f(x):\n    return x", "", "héllo 日本 🙂", "<fim_middle> \u2028 12345", "\t\r\n "];
        string input = string.Join('\n', texts.Select((text, id) => JsonSerializer.Serialize(new { id, text })));
        FloraRun run = await FloraRun.WithInputAsync(input, "tokenize", "--model", FloraRun.Coder, "--requests", "-");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(texts, run.Lines.Select(line => line.GetProperty("decoded").GetString()));
        Assert.Empty(run.Lines[1].GetProperty("tokens").EnumerateArray());
    }

    [Fact]
    public async Task EachBadLineFailsAlone()
    {
        const string Input = """
            {"id":"half","text":"a\ud800b"}

            no json
            {"text":"no id"}
            {"id":[],"text":"x"}
            [1]
            {"id":"twice","text":"a","text":"b"}
            {"id":"extra","text":"a","txt":1}
            {"id":"type","text":5}
            {"id":7,"text":"good"}
            """;
        FloraRun run = await FloraRun.WithInputAsync(Input, "tokenize", "--model", FloraRun.Coder, "--requests", "-");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(9, run.Lines.Count);
        Assert.Contains("half of a surrogate pair", run.ErrorOf("half"), StringComparison.Ordinal);
        Assert.Equal("InvalidRequestException: fields given more than once: text", run.ErrorOf("twice"));
        Assert.Equal("InvalidRequestException: unknown field 'txt'; known: id, text", run.ErrorOf("extra"));
        Assert.StartsWith("InvalidRequestException: text: expected a string, got 5", run.ErrorOf("type"), StringComparison.Ordinal);
        Assert.Equal("good", run.Line("7").GetProperty("decoded").GetString());
        string[] nameless = [.. run.Lines.Where(line => line.GetProperty("id").ValueKind == JsonValueKind.Null).Select(line => line.GetProperty("error").GetProperty("message").GetString()!)];
        Assert.Equal(4, nameless.Length);
        Assert.StartsWith("line 3 is not a JSON object", nameless[0], StringComparison.Ordinal);
        Assert.Equal("line 4: id: expected a string or a number, got nothing", nameless[1]);
        Assert.Equal("line 5: id: expected a string or a number, got []", nameless[2]);
        Assert.Equal("line 6: expected a JSON object, got [1]", nameless[3]);
    }

    [Fact]
    public async Task AFolderWithoutTokenizerIsRefused() =>
        (await FloraRun.WithInputAsync("{\"id\":1,\"text\":\"a\"}", "tokenize", "--model", Path.Combine(FloraRun.TestData, "qwen2", "model"), "--requests", "-"))
            .AssertRefused("tokenizer");
}
