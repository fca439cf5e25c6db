using FLoRA.Inference.Execution;

namespace FLoRA.Inference.Tests.Engines;

public class EngineThreadTests
{
    [Fact]
    public async Task Whoever_asks_an_ended_thread_hears_so_instead_of_waiting_for_ever()
    {
        var thread = new EngineThread("test");
        Assert.Equal(7, await thread.InvokeAsync(() => 7));
        thread.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => thread.InvokeAsync(() => 7));
        thread.Post(() => Assert.Fail("ran after the end"));
    }

    [Fact]
    public async Task Exceptions_come_back_to_the_caller_and_the_thread_goes_on()
    {
        using var thread = new EngineThread("test");
        await Assert.ThrowsAsync<FormatException>(() => thread.InvokeAsync<int>(() => throw new FormatException()));
        Assert.True(await thread.InvokeAsync(() => thread.IsCurrent));
        Assert.False(thread.IsCurrent);
    }
}
