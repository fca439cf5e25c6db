using FLoRA.Inference.Text;
using FsCheck;
using FsCheck.Xunit;

namespace FLoRA.Inference.Tests.Text;

public sealed class TextStreamTests
{
    private static readonly Tokenizer Tinycoder = TextData.LoadTinycoder();
    private static readonly TextRequest Hello = new() { Prompt = "hello" };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reads_to_the_end_with_the_engines_reason()
    {
        int[] ids = [.. Tinycoder.Encode("return 🦙 42")];
        TextStream stream = new TextGenerator(ScriptedEngine.Of(ids, FinishReason.Length), Tinycoder).Start(Hello);
        TextResult result = await stream.ReadToEndAsync(Ct);
        Assert.Equal("return 🦙 42", result.Text);
        Assert.Equal(ids, result.Tokens.Select(token => token.Id));
        Assert.Equal((FinishReason.Length, ids.Length, stream.PromptTokens), (result.FinishReason, result.CompletionTokens, result.PromptTokens));
        Assert.NotNull(result.Timing.Total);
        Assert.Equal(FinishReason.Length, stream.FinishReason);
    }

    [Fact]
    public async Task Updates_come_as_the_tokens_do()
    {
        ScriptedEngine engine = new();
        await using TextStream stream = new TextGenerator(engine, Tinycoder).Start(Hello);
        await using IAsyncEnumerator<TextUpdate> updates = stream.GetAsyncEnumerator(Ct);
        ValueTask<bool> next = updates.MoveNextAsync();
        Assert.False(next.IsCompleted);
        ScriptedEngine.Write(engine.Streams[0], Tinycoder.Encode("a"));
        Assert.True(await next);
        Assert.Equal("a", updates.Current.Text);
        Assert.Single(stream.Tokens);
        Assert.Null(stream.FinishReason);
        ScriptedEngine.Write(engine.Streams[0], Tinycoder.Encode(" bc = 1"));
        Assert.True(await updates.MoveNextAsync());
        Assert.Equal(" bc = 1", updates.Current.Text);
        engine.Streams[0].Finish(FinishReason.Stop);
        Assert.False(await updates.MoveNextAsync());
        Assert.Equal(FinishReason.Stop, stream.FinishReason);
        Assert.Empty(engine.Cancelled);
    }

    [Fact]
    public async Task A_stop_string_across_tokens_is_cut_its_tokens_listed_and_the_request_cancelled()
    {
        int[] before = [.. Tinycoder.Encode("x = 1")], stop = [.. Tinycoder.EncodePlain("\n//")];
        Assert.True(stop.Length > 1, "the stop string must cross a token border");
        ScriptedEngine engine = new(stream => ScriptedEngine.Write(stream, [.. before, .. stop, .. Tinycoder.Encode("more text")]));
        TextStream stream = new TextGenerator(engine, Tinycoder).Start(Hello with { Stop = ["\n//", "never"] });
        TextResult result = await stream.ReadToEndAsync(Ct);
        Assert.Equal("x = 1", result.Text);
        Assert.Equal([.. before, .. stop], result.Tokens.Select(token => token.Id));
        Assert.Equal(FinishReason.Stop, result.FinishReason);
        Assert.Equal(before.Length + stop.Length, result.CompletionTokens);
        Assert.NotNull(result.Timing.Total);
        Assert.Equal([1], engine.Cancelled);
        Assert.Null(engine.Streams[0].FinishReason);
    }

    [Fact]
    public async Task The_beginning_of_a_stop_string_is_given_out_when_the_tokens_end()
    {
        TextStream stream = new TextGenerator(ScriptedEngine.Of(Tinycoder.Encode("x\n/")), Tinycoder).Start(Hello with { Stop = ["\n//"] });
        List<TextUpdate> updates = await ReadAll(stream);
        Assert.Equal("x\n/", string.Concat(updates.Select(update => update.Text)));
        Assert.Empty(updates[^1].Tokens);
        Assert.Equal(FinishReason.Length, stream.FinishReason);
    }

    [Fact]
    public async Task A_cut_code_point_is_one_replacement()
    {
        int[] ids = [.. Tinycoder.Encode("🦙")];
        TextResult result = await new TextGenerator(ScriptedEngine.Of(ids[..^1]), Tinycoder).Start(Hello).ReadToEndAsync(Ct);
        Assert.Equal("\uFFFD", result.Text);
    }

    [Fact]
    public async Task Without_a_tokenizer_there_are_tokens_and_no_text()
    {
        TextResult result = await new TextGenerator(ScriptedEngine.Of([9, 8]), null).Start(new TextRequest { PromptTokens = [1] }).ReadToEndAsync(Ct);
        Assert.Null(result.Text);
        Assert.Equal([9, 8], result.Tokens.Select(token => token.Id));
    }

    [Fact]
    public async Task A_fault_comes_after_what_was_produced()
    {
        ScriptedEngine engine = new(stream =>
        {
            ScriptedEngine.Write(stream, Tinycoder.Encode("ab"));
            stream.Fail(new EngineFaultException("step 3"));
        });
        TextStream stream = new TextGenerator(engine, Tinycoder).Start(Hello);
        string text = "";
        await Assert.ThrowsAsync<EngineFaultException>(async () =>
        {
            await foreach (TextUpdate update in stream)
                text += update.Text;
        });
        Assert.Equal("ab", text);
        Assert.Null(stream.FinishReason);
    }

    [Fact]
    public async Task Cancelling_ends_with_the_readers_own_token()
    {
        ScriptedEngine engine = new();
        using CancellationTokenSource source = new();
        TextStream stream = new TextGenerator(engine, Tinycoder).Start(Hello);
        Task<TextResult> reading = stream.ReadToEndAsync(source.Token);
        await source.CancelAsync();
        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.Equal(source.Token, e.CancellationToken);
        Assert.Null(stream.FinishReason);
        Assert.Equal([1], engine.Cancelled);
    }

    [Fact]
    public async Task Leaving_early_cancels_the_request()
    {
        ScriptedEngine engine = new(stream => ScriptedEngine.Write(stream, [9]));
        await foreach (TextUpdate update in new TextGenerator(engine, Tinycoder).Start(Hello).WithCancellation(Ct))
        {
            Assert.NotEmpty(update.Tokens);
            break;
        }
        Assert.Equal([1], engine.Cancelled);
    }

    [Fact]
    public async Task Disposing_unread_cancels_the_request()
    {
        ScriptedEngine engine = new();
        await new TextGenerator(engine, Tinycoder).Start(Hello).DisposeAsync();
        Assert.Equal([1], engine.Cancelled);
    }

    [Fact]
    public async Task Is_read_once()
    {
        TextStream stream = new TextGenerator(ScriptedEngine.Of([9]), Tinycoder).Start(Hello);
        await stream.ReadToEndAsync(Ct);
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.ReadToEndAsync(Ct));
    }

    [Fact]
    public async Task An_id_of_the_padded_embedding_is_listed_and_stands_for_no_text()
    {
        int[] ids = [.. Tinycoder.Encode("a b")];
        TextResult result = await new TextGenerator(ScriptedEngine.Of([ids[0], 99_999, .. ids[1..]]), Tinycoder).Start(Hello).ReadToEndAsync(Ct);
        Assert.Equal("a b", result.Text);
        Assert.Equal(ids.Length + 1, result.CompletionTokens);
    }

    [Property(MaxTest = 200, Replay = "17,19")]
    public async Task The_updates_are_the_text_and_the_tokens_however_they_arrive(byte[] seeds, NonEmptyString stop)
    {
        int[] ids = [.. seeds.Select(seed => 5 + seed * 3)];
        string[] stops = stop.Get.EnumerateRunes().All(rune => rune.Value != 0xFFFD) ? [stop.Get[..1], "\uFFFDa"] : ["\uFFFDa"];
        stops = [.. stops.Where(text => !char.IsSurrogate(text[0]))];
        (string expected, int listed, bool matched) = Reference(ids, stops);
        ScriptedEngine engine = new();
        TextStream stream = new TextGenerator(engine, Tinycoder).Start(Hello with { Stop = stops });
        Task<List<TextUpdate>> reading = ReadAll(stream);
        foreach (int[] some in ids.Chunk(3))
        {
            ScriptedEngine.Write(engine.Streams[0], some);
            await Task.Yield();
        }
        engine.Streams[0].Finish(FinishReason.Length);
        List<TextUpdate> updates = await reading;
        Assert.Equal(expected, string.Concat(updates.Select(update => update.Text)));
        Assert.Equal(ids.Take(listed), updates.SelectMany(update => update.Tokens).Select(token => token.Id));
        Assert.Equal(matched ? FinishReason.Stop : FinishReason.Length, stream.FinishReason);
    }

    // One token after the other, the whole text searched each time.
    private static (string Text, int Listed, bool Matched) Reference(int[] ids, string[] stops)
    {
        string whole = Tinycoder.Decode(ids);
        (int End, int Start)[] found = [.. stops.Select(stop => (Start: whole.IndexOf(stop, StringComparison.Ordinal), stop.Length)).Where(match => match.Start >= 0).Select(match => (match.Start + match.Length, match.Start))];
        if (found.Length == 0)
            return (whole, ids.Length, false);
        TokenDecoder decoder = new(Tinycoder);
        int listed = 0;
        for (int length = 0; length < found.Min().End && listed < ids.Length; listed++)
            length += decoder.Next(ids[listed]).Length;
        return (whole[..found.Min().Start], listed, true);
    }

    private static async Task<List<TextUpdate>> ReadAll(TextStream stream)
    {
        List<TextUpdate> updates = [];
        await foreach (TextUpdate update in stream.WithCancellation(Ct))
            updates.Add(update);
        return updates;
    }
}
