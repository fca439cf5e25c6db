using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>An adapter's files that change, shrink and go while several threads load them and requests run.</summary>
public sealed class AdapterFileFaultTests : IDisposable
{
    private const int Loads = 40, Threads = 3;

    private static readonly string[] Names = ["adapter_config.json", "adapter_model.safetensors"];
    private static readonly int[] Prompt = [62, 24, 171, 6, 140];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_load_gives_an_adapter_or_says_why_not_and_others_go_on()
    {
        using Engine engine = TinyEngine.Load(change: o => o with { KvTokens = 512 });
        CancellationToken none = TestContext.Current.CancellationToken;
        int[] expected = await engine.Submit(TinyEngine.Ask(Prompt, "flora-r4-alllinear", 24)).ReadAsync(), steady = await engine.Submit(TinyEngine.Ask(Prompt, "flora-r2", 24)).ReadAsync();
        using var done = new CancellationTokenSource();
        Task damage = Task.Run(() => Damage(new Random(3), done.Token), none);

        Task<int[]> requests = Task.Run(async () =>
        {
            int[] last = [];
            while (!done.IsCancellationRequested)
                Assert.Equal(steady, last = await engine.Submit(TinyEngine.Ask(Prompt, "flora-r2", 24)).ReadAsync());
            return last;
        }, none);
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(async () =>
        {
            for (int i = 0; i < Loads; i++)
            {
                if (await Record.ExceptionAsync(() => engine.LoadAdapterAsync($"guest{thread}", _folder.Path, none)) is { } error)
                    Assert.NotEmpty(Assert.IsType<AdapterLoadException>(error).Problems);
            }
        }, none)));
        await done.CancelAsync();
        await damage;
        await requests;

        foreach (string name in Names)
            File.WriteAllBytes(_folder.File(name), Good(name));
        await engine.LoadAdapterAsync("guest0", _folder.Path, none);
        Assert.Equal(expected, await engine.Submit(TinyEngine.Ask(Prompt, "guest0", 24)).ReadAsync());
        await engine.AssertIdleAsync();
    }

    [Fact]
    public async Task A_replacement_whose_files_are_gone_leaves_the_version_that_was_there()
    {
        using Engine engine = TinyEngine.Load(change: o => o with { KvTokens = 512 });
        CancellationToken none = TestContext.Current.CancellationToken;
        int[] before = await engine.Submit(TinyEngine.Ask(Prompt, "flora-r2", 24)).ReadAsync();
        Assert.Contains("adapter_config.json is missing", (await Assert.ThrowsAsync<AdapterLoadException>(() => engine.LoadAdapterAsync("flora-r2", _folder.Path, none))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<AdapterLoadException>(() => engine.LoadAdapterAsync("flora-r2", _folder.File("gone"), none));
        Assert.Equal(before, await engine.Submit(TinyEngine.Ask(Prompt, "flora-r2", 24)).ReadAsync());
    }

    private static byte[] Good(string name) => File.ReadAllBytes(Path.Combine(TinyEngine.Adapter("flora-r4-alllinear"), name));

    private void Damage(Random random, CancellationToken until)
    {
        byte[][] good = [.. Names.Select(Good)];
        while (!until.IsCancellationRequested)
        {
            int which = random.Next(Names.Length);
            string path = _folder.File(Names[which]);
            switch (random.Next(4))
            {
                case 0:
                    File.Delete(path);
                    break;
                case 1:
                    File.WriteAllBytes(path, good[which][..random.Next(good[which].Length)]);
                    break;
                default:
                    // Half of it, then the rest, in the same file.
                    using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
                    {
                        file.Write(good[which].AsSpan(0, good[which].Length / 2));
                        file.Flush();
                        file.Write(good[which].AsSpan(good[which].Length / 2));
                    }

                    break;
            }
        }
    }
}
