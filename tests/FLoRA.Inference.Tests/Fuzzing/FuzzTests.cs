using FLoRA.TestData;

namespace FLoRA.Inference.Tests.Fuzzing;

/// <summary>
/// Files from strangers: 100,000 damaged ones with fixed seeds, and those that once found something. Each is read, or refused by a documented exception; nothing crashes, nothing hangs, and
/// managed memory stays in proportion to the file. (Native memory: readers touch none; a tensor is made when a whole header has been checked.)
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    /// <summary>A guard against what never ends, far above any run; no expectation of speed.</summary>
    private static readonly TimeSpan HangGuard = TimeSpan.FromMinutes(5);

    public static TheoryData<string, int> Runs => [.. FuzzFormats.All.Select((format, place) => (format.Name, 26_000 + place))];

    public static TheoryData<string> Names => [.. FuzzFormats.All.Select(format => format.Name)];

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Damaged_files_are_read_or_refused(string name, int seed)
    {
        FuzzFormat format = FuzzFormats.Of(name);
        using FuzzLoop loop = new(format);
        await GuardedAsync(loop, () => loop.Run(new Random(seed)));
        output.WriteLine($"{name}: {loop.ReadCount} read, {loop.RefusedCount} refused, at most {loop.LargestRatio:P0} of the memory that is allowed");
        Assert.True(loop.ReadCount > format.InputCount / 100 && loop.RefusedCount > format.InputCount / 100, $"{loop.ReadCount} read, {loop.RefusedCount} refused: the damage is of no use");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_once_found_something_is_read_or_refused(string name)
    {
        FuzzFormat format = FuzzFormats.Of(name);
        using FuzzLoop loop = new(format);
        string folder = Path.Combine(RepositoryData.Golden, "fuzz", name);
        string[] found = Directory.Exists(folder) ? Directory.GetFiles(folder) : [];
        foreach (string path in found.Order(StringComparer.Ordinal))
        {
            FuzzStart start = format.Starts.Single(start => Path.GetFileName(path).StartsWith($"{start.Name}.", StringComparison.Ordinal));
            await GuardedAsync(loop, () => loop.Read(start, File.ReadAllBytes(path)));
        }
    }

    [Fact]
    public void The_runs_are_a_hundred_thousand_files() => Assert.True(FuzzFormats.All.Sum(format => format.InputCount) >= 100_000);

    private static async Task GuardedAsync(FuzzLoop loop, Action run)
    {
        try
        {
            await Task.Run(run).WaitAsync(HangGuard);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"it does not end; {loop.Kept()}");
        }
    }
}
