using System.CommandLine;

namespace FLoRA.Cli.Verbs;

/// <summary><c>flora adapters</c>: looks into adapter folders; needs neither libtorch nor a model's weights.</summary>
internal static class AdaptersVerb
{
    public static Command Create(Terminal terminal) => new("adapters", "Looks into adapter folders.")
    {
        AdaptersInspectVerb.Create(terminal),
        AdaptersListVerb.Create(terminal),
    };
}
