using System.Text;
using FLoRA.Cli.Requests;

namespace FLoRA.Cli.Tests;

/// <summary>Lines of a request file that are no text, or that only JSON can spell: each fails alone.</summary>
public sealed class RequestEncodingTests
{
    private static readonly string[] Tokenize = ["tokenize", "--model", FloraRun.Coder, "--requests", "-"];

    [Fact]
    public async Task HalfASurrogatePairInAnIdOrANameFailsItsLineAlone()
    {
        string[] lines =
        [
            """{"id":"\ud800","text":"x"}""",
            """{"id":"name","\udc00":1,"text":"x"}""",
            """{"id":"text","text":"\ud83d"}""",
            """{"id":"good","text":"x"}""",
        ];
        FloraRun run = await FloraRun.WithInputAsync(string.Join('\n', lines), Tokenize);
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(4, run.Lines.Count);
        Assert.Equal(3, run.Output.Split("half of a surrogate pair").Length - 1);
        Assert.Equal("x", run.Line("good").GetProperty("decoded").GetString());
    }

    [Fact]
    public async Task HalfASurrogatePairInABiasOrARoleFailsItsLineAlone()
    {
        string[] lines =
        [
            """{"id":"bias","prompt":"x","logit_bias":{"\ud800":1}}""",
            """{"id":"turn","messages":[{"role":"\ud800","content":"x"}]}""",
            """{"id":"good","prompt":"x","max_new_tokens":1}""",
        ];
        FloraRun run = await FloraRun.WithInputAsync(string.Join('\n', lines), "generate", "--model", FloraRun.Coder, "--requests", "-");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("half of a surrogate pair", run.ErrorOf("bias"), StringComparison.Ordinal);
        Assert.Contains("half of a surrogate pair", run.ErrorOf("turn"), StringComparison.Ordinal);
        Assert.Equal(1, run.Line("good").GetProperty("tokens").GetArrayLength());
    }

    [Fact]
    public async Task ALineThatIsNotUtf8FailsAlone()
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        byte[] bytes = [.. Encoding.UTF8.Preamble, .. "{\"id\":1,\"text\":\"é\"}\r\n\r\n{\"id\":2,\"text\":\""u8, 0xC3, .. "\"}\n  \t\n{\"id\":3,\"text\":\"\u2028\"}"u8];
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        try
        {
            using Terminal terminal = new(TextReader.Null, TextWriter.Null, TextWriter.Null);
            IReadOnlyList<RequestLine> lines = await RequestFile.ReadAsync(file, terminal, TestContext.Current.CancellationToken);
            Assert.Equal([1, 3, 5], lines.Select(line => line.Number));
            Assert.Equal([null, "line 3 is not UTF-8: byte 0xC3 at position 16", null], lines.Select(line => line.Problem));
            Assert.Equal("é", lines[0].Read().Text("text"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task AMessageShowsAWrongListAndNamesAllUnknownFieldsOnce()
    {
        FloraRun run = await FloraRun.WithInputAsync("{\"id\":1,\"text\":[1,null],\"foo\":1,\"bar\":2}", Tokenize);
        Assert.Equal("InvalidRequestException: text: expected a string, got [1,null]; unknown fields 'foo', 'bar'; known: id, text", run.ErrorOf("1"));
    }
}
