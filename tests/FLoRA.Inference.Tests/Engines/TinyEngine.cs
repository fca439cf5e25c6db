using FLoRA.TestData;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>Engines over the tiny golden models.</summary>
internal static class TinyEngine
{
    public const string DefaultModel = "gptbigcode-mqa";

    public static string Folder(string model = DefaultModel) => Path.Combine(RepositoryData.Golden, model);

    public static string Adapter(string name, string model = DefaultModel) => Path.Combine(Folder(model), "adapters", name);

    public static Engine Load(string model = DefaultModel, Func<EngineOptions, EngineOptions>? change = null)
    {
        var options = new EngineOptions
        {
            Model = Path.Combine(Folder(model), "model"),
            AdapterFolders = [Path.Combine(Folder(model), "adapters")],
            Device = "cpu",
            Threads = 2,
        };
        return Engine.Load(change == null ? options : change(options));
    }

    public static Request Ask(IReadOnlyList<int> prompt, string? adapter = null, int? newTokens = 8) =>
        new() { PromptTokens = prompt, Adapter = adapter, MaxNewTokens = newTokens, IgnoreEos = true };

    /// <summary>Reads so many tokens and leaves; none: cancels.</summary>
    public static async Task ReadSomeAsync(this TokenStream stream, int leaveAfter)
    {
        if (leaveAfter == 0)
        {
            stream.Cancel();
            return;
        }

        int count = 0;
        await foreach (GeneratedToken _ in stream)
        {
            if (++count == leaveAfter)
                return;
        }
    }

    public static async Task<int[]> ReadAsync(this TokenStream stream)
    {
        var ids = new List<int>();
        await foreach (GeneratedToken token in stream.WithCancellation(TestContext.Current.CancellationToken))
            ids.Add(token.Id);
        return [.. ids];
    }
}
