namespace FLoRA.Bench.Serving;

/// <summary>The arms of the serving experiment.</summary>
internal static class Arms
{
    public const string OneBase = "base, 1 at a time", EightBase = "8 base", AllBase = "32 base",
        EightRank1 = "8 fLoRA r1, all different", EightRank4 = "8 fLoRA r4, all different", EightSame = "8 fLoRA r1, the same",
        AllRank1 = "32 over 8 fLoRA r1", Mix = "32 of all kinds", EightBaseAgain = "8 base again", AllBaseAgain = "32 base again";

    /// <summary>Requests of the largest arms, and prompts of every arm.</summary>
    public const int AllRequests = 32;

    private const int Half = 8;

    /// <summary>The languages that have adapters; prompt number i is in language i mod 8.</summary>
    public static IReadOnlyList<string> Languages { get; } = ["lua", "php", "pl", "r", "rb", "rkt", "rs", "sh"];

    /// <summary>All arms.</summary>
    /// <param name="repeat">Two base arms once more: what their ratio to themselves differs from 1 by is noise.</param>
    public static IReadOnlyList<Arm> All(bool repeat)
    {
        List<Arm> arms =
        [
            new(OneBase, 1, _ => null),
            new(EightBase, Half, _ => null),
            new(AllBase, AllRequests, _ => null),
            new(EightRank1, Half, i => Flora(i, 1)),
            new(EightRank4, Half, i => Flora(i, 4)),
            new(EightSame, Half, _ => Flora(0, 1)),
            new(AllRank1, AllRequests, i => Flora(i, 1)),
            new(Mix, AllRequests, OfAllKinds),
        ];
        if (repeat)
            arms.AddRange([new(EightBaseAgain, Half, _ => null), new(AllBaseAgain, AllRequests, _ => null)]);
        return arms;
    }

    private static string Flora(int prompt, int rank) => $"{Languages[prompt % Languages.Count]}-flora-r{rank}";

    private static string? OfAllKinds(int prompt) => (prompt % 5) switch
    {
        0 => null,
        1 => Flora(prompt, 1),
        2 => Flora(prompt, 4),
        3 => "lua-lora-r4",
        _ => "lua-ia3",
    };
}
