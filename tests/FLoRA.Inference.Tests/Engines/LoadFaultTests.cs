using System.Runtime.InteropServices;
using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>
/// Loading that fails half-way, while another engine on the same thread serves: the loader hears of it by an exception of ours, the other one goes on, and every tensor comes back.
/// </summary>
public sealed class LoadFaultTests : IDisposable
{
    private const string Weights = "model.safetensors";

    private static readonly int[] Prompt = [62, 24, 171, 6, 140];

    private readonly TemporaryFolder _folder = new();
    private readonly EngineThreads _threads = new();

    public LoadFaultTests()
    {
        foreach (string path in Directory.EnumerateFiles(Path.Combine(TinyEngine.Folder(), "model")))
            File.Copy(path, _folder.File(Path.GetFileName(path)));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_that_is_cut_off_while_it_loads_is_told_with_its_end()
    {
        string weights = _folder.File(Weights);
        ModelLoadException error = await FailsAsync<ModelLoadException>(fraction =>
        {
            if (fraction is > 0.3 and < 0.9)
                Truncate(weights, new FileInfo(weights).Length / 4);
        });
        Assert.Contains("the file ends at byte", error.Message, StringComparison.Ordinal);
        Assert.Contains(_folder.Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_deleted_while_it_loads_is_read_to_its_end()
    {
        using Engine whole = TinyEngine.Load();
        using Engine engine = Load(_ => File.Delete(_folder.File(Weights)));
        Assert.False(File.Exists(_folder.File(Weights)));
        Assert.Equal(await whole.Submit(TinyEngine.Ask(Prompt)).ReadAsync(), await engine.Submit(TinyEngine.Ask(Prompt)).ReadAsync());
        Assert.Contains($"neither {Weights}", Assert.Throws<ModelLoadException>(() => Load(null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_progress_callback_throws_ends_loading()
    {
        FormatException thrown = new("no more progress, please");
        Assert.Same(thrown, await FailsAsync<FormatException>(fraction => _ = fraction < 0.5 ? 0 : throw thrown));
    }

    [Fact]
    public async Task Cancelling_in_the_progress_callback_ends_loading() =>
        await FailsAsync<OperationCanceledException>(fraction => new CancellationToken(fraction > 0.5).ThrowIfCancellationRequested());

    /// <summary>Memory that nobody has: once as libtorch tells it, once as the runtime does.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Memory_that_is_not_there_is_told_as_such(bool isNative)
    {
        void Take(double fraction)
        {
            if (fraction <= 0.5)
                return;
            if (isNative)
                MemoryFaults.Torch();
            else
                MemoryFaults.Runtime();
        }

        ModelLoadException error = await FailsAsync<ModelLoadException>(Take);
        Assert.Contains("not enough memory", error.Message, StringComparison.Ordinal);
        Assert.True(isNative ? error.InnerException is ExternalException : error.InnerException is OutOfMemoryException);
    }

    [Fact]
    public void A_cache_beyond_the_machine_is_refused_before_it_is_taken() =>
        Assert.Contains("the machine has", Assert.Throws<ArgumentException>(() => TinyEngine.Load(change: o => o with { KvTokens = int.MaxValue })).Message, StringComparison.Ordinal);

    private Engine Load(Action<double>? progress) =>
        Engine.Load(new EngineOptions { Model = _folder.Path, Device = "cpu", Threads = 2, KvTokens = 512, SharedThreads = _threads, LoadProgress = progress });

    private async Task<T> FailsAsync<T>(Action<double> progress)
        where T : Exception
    {
        using Engine other = TinyEngine.Load(change: o => o with { KvTokens = 512, SharedThreads = _threads });
        int[] before = await other.Submit(TinyEngine.Ask(Prompt, "flora-r2", 40)).ReadAsync();
        long tensors = await other.CountLiveTensorsAsync();
        TokenStream meanwhile = other.Submit(TinyEngine.Ask(Prompt, "flora-r2", 40));
        T error = await Assert.ThrowsAnyAsync<T>(() => Task.Run(() => Load(progress)));
        Assert.Equal(before, await meanwhile.ReadAsync());
        Assert.Equal(tensors, await other.CountLiveTensorsAsync());
        Assert.Equal(before, await other.Submit(TinyEngine.Ask(Prompt, "flora-r2", 40)).ReadAsync());
        await other.AssertIdleAsync();
        return error;
    }

    private static void Truncate(string path, long length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(length);
    }
}
