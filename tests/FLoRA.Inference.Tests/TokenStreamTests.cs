namespace FLoRA.Inference.Tests;

public sealed class TokenStreamTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_end_wins()
    {
        TokenStream stream = new(1, 2, null);
        stream.Write(new GeneratedToken(5, -0.5f));
        Assert.True(stream.Finish(FinishReason.Length));
        Assert.False(stream.Fail(new InvalidOperationException()));
        Assert.False(stream.FinishCancelled());
        Assert.False(stream.Finish(FinishReason.Stop));
        Assert.Equal([new GeneratedToken(5, -0.5f)], await Read(stream));
        Assert.Equal(FinishReason.Length, stream.FinishReason);
    }

    [Fact]
    public async Task An_exception_follows_the_tokens_and_leaves_no_reason()
    {
        TokenStream stream = new(1, 2, null);
        stream.Write(new GeneratedToken(5, null));
        stream.Fail(new EngineFaultException("x"));
        await using IAsyncEnumerator<GeneratedToken> tokens = stream.GetAsyncEnumerator(Ct);
        Assert.True(await tokens.MoveNextAsync());
        await Assert.ThrowsAsync<EngineFaultException>(async () => await tokens.MoveNextAsync());
        Assert.Null(stream.FinishReason);
    }

    [Fact]
    public async Task A_second_enumeration_is_refused_and_cancels_nothing()
    {
        int cancelled = 0;
        TokenStream stream = new(1, 2, _ => cancelled++);
        await using IAsyncEnumerator<GeneratedToken> first = stream.GetAsyncEnumerator(Ct);
        stream.Write(new GeneratedToken(5, null));
        Assert.True(await first.MoveNextAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await Read(stream));
        Assert.Equal(0, cancelled);
    }

    [Fact]
    public async Task After_the_end_cancelling_disturbs_nobody()
    {
        TokenStream stream = new(1, 2, _ => throw new ObjectDisposedException("engine"));
        stream.Finish(FinishReason.Stop);
        stream.Cancel();
        await stream.DisposeAsync();
        Assert.Empty(await Read(stream));
    }

    [Fact]
    public async Task Cancelling_the_reader_cancels_the_request()
    {
        TokenStream stream = new(1, 2, cancelled => cancelled.FinishCancelled());
        using CancellationTokenSource source = new();
        await using IAsyncEnumerator<GeneratedToken> tokens = stream.GetAsyncEnumerator(source.Token);
        ValueTask<bool> next = tokens.MoveNextAsync();
        await source.CancelAsync();
        Assert.Equal(source.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next)).CancellationToken);
    }

    [Fact]
    public async Task The_reason_is_there_when_the_reader_sees_the_end()
    {
        for (int i = 0; i < 500; i++)
        {
            TokenStream stream = new(i, 1, null);
            Task writer = Task.Run(() =>
            {
                stream.Write(new GeneratedToken(1, null));
                stream.Finish(FinishReason.Length);
            }, Ct);
            Assert.Single(await Read(stream));
            Assert.Equal(FinishReason.Length, stream.FinishReason);
            Assert.NotNull(stream.Timing.Total);
            await writer;
        }
    }

    private static async Task<List<GeneratedToken>> Read(TokenStream stream)
    {
        List<GeneratedToken> tokens = [];
        await foreach (GeneratedToken token in stream.WithCancellation(Ct))
            tokens.Add(token);
        return tokens;
    }
}
