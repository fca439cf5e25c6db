using FLoRA.Inference.Execution;
using FLoRA.Parity.Tests;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>A recording under an adapter, and what the engine says of it.</summary>
/// <param name="Adapter">Null: base.</param>
/// <param name="Features">Name of stored features.</param>
/// <param name="Tokens">Decoder prompt.</param>
/// <param name="Expected">Greedy ids: golden ones, or those of the recording alone in an engine.</param>
internal sealed record AudioCase(string? Adapter, string Features, int[] Tokens, int[] Expected);

/// <summary>Engines over the small golden speech model, and its recordings.</summary>
internal static class AudioEngine
{
    /// <summary>Units of encoder work for one recording: two layers, then the keys and values of the decoder.</summary>
    public const int Units = 3;

    private const string Name = "whisper-short-random";

    private static readonly WhisperModel Model = new(Name);
    private static readonly Lazy<Task<IReadOnlyList<AudioCase>>> Alone = new(AloneAsync);

    /// <summary>With golden ids.</summary>
    public static IReadOnlyList<AudioCase> Golden { get; } = [.. Model.Cases.Select(c => new AudioCase(c.Adapter, c.Features, c.Tokens, c.Ints("greedy")))];

    /// <summary>Each adapter and the base with two recordings.</summary>
    public static Task<IReadOnlyList<AudioCase>> EveryAdapter => Alone.Value;

    public static EngineOptions Options(EngineOptions options) => options with
    {
        Model = Path.Combine(TinyEngine.Folder(Name), "model"),
        AdapterFolders = [Path.Combine(TinyEngine.Folder(Name), "adapters")],
    };

    public static Engine Load(Func<EngineOptions, EngineOptions>? change = null) => TinyEngine.Load(change: o => change is null ? Options(o) : change(Options(o)));

    public static string Adapter(string adapter) => TinyEngine.Adapter(adapter, Name);

    public static Request Ask(AudioCase one) => new()
    {
        PromptTokens = one.Tokens,
        Audio = Model.Features(one.Features),
        Adapter = one.Adapter,
        MaxNewTokens = one.Expected.Length,
        IgnoreEos = true,
    };

    /// <summary>The same, but with numbers that grow past every float32 in the convolutions.</summary>
    public static Request AskForTooMuch(AudioCase one)
    {
        Request request = Ask(one);
        return request with { Audio = new AudioInput([.. request.Audio!.LogMel.Select((_, i) => i % 2 == 0 ? 3e38f : -3e38f)], request.Audio.MelBins, request.Audio.Frames) };
    }

    public static async Task AssertIdleAsync(this Engine engine)
    {
        EngineOccupancy left = await engine.ReadOccupancyAsync();
        Assert.Equal(new EngineOccupancy(0, 0, left.TotalBlocks, left.TotalBlocks, 0, 0, 0), left);
    }

    private static async Task<IReadOnlyList<AudioCase>> AloneAsync()
    {
        using Engine engine = Load(o => o with { MaxSequences = 1 });
        var cases = new List<AudioCase>();
        foreach (string? adapter in (string?[])[null, .. engine.Adapters.Select(a => a.Name).Order(StringComparer.Ordinal)])
        {
            foreach (AudioCase golden in (AudioCase[])[Golden[0], Golden[1]])
            {
                var one = new AudioCase(adapter, golden.Features, golden.Tokens, new int[20]);
                cases.Add(one with { Expected = await engine.Submit(Ask(one)).ReadAsync() });
            }
        }

        return cases;
    }
}
