namespace FLoRA.Bench.Speech;

/// <summary>A way of transcribing the same recordings.</summary>
/// <param name="Name">Of the arm.</param>
/// <param name="Concurrency">Recordings at the same time.</param>
/// <param name="Adapter">Recording's number to adapter name; null: base.</param>
internal sealed record SpeechArm(string Name, int Concurrency, Func<int, string?> Adapter);

/// <summary>The arms of the speech experiment; eight recordings each.</summary>
internal static class SpeechArms
{
    public const string OneByOne = "8 different adapters, one after another", Together = "8 different adapters, together",
        Base = "base, together", Rank4 = "6 different rank 4, together", Rank1 = "2 different rank 1, together", BaseAgain = "base, together, again";

    private static readonly string[] Different = ["ar-flora-r4", "cs-flora-r4", "hi-flora-r4", "kk-flora-r4", "lt-flora-r4", "mr-flora-r4", "cs-flora-r1", "hi-flora-r1"];

    /// <summary>All arms.</summary>
    public static IReadOnlyList<SpeechArm> All { get; } =
    [
        new(OneByOne, 1, i => Different[i]),
        new(Together, 8, i => Different[i]),
        new(Base, 8, _ => null),
        new(Rank4, 8, i => Different[i % 6]),
        new(Rank1, 8, i => Different[6 + (i % 2)]),
        new(BaseAgain, 8, _ => null),
    ];
}
