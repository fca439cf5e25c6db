using System.CommandLine;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary><c>flora bench</c>: the experiments on the user's own machine.</summary>
internal static class BenchVerb
{
    public static Command Create(Terminal terminal) => new("bench", "Measures the engine on this machine, and what the machine can do at most.")
    {
        RooflineVerb.Create(terminal),
        DecodeVerb.Create(terminal),
        PrefillVerb.Create(terminal),
        ServingVerb.Create(terminal),
        CompareVerb.Create(terminal),
        QualityVerb.Create(terminal),
        ColdVerb.Create(terminal),
        SpeechVerb.Create(terminal),
    };
}
