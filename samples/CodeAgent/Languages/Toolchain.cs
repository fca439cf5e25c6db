using CodeAgent.Sandbox;

namespace CodeAgent.Languages;

/// <summary>One command of a run; the file of the program is in the working folder.</summary>
/// <param name="Command">Program and arguments.</param>
/// <param name="Limits">What it may use.</param>
internal sealed record ToolStep(IReadOnlyList<string> Command, SandboxLimits Limits);

/// <summary>How the programs of a language run on this machine.</summary>
/// <param name="Tool">Name for people, e.g. "python3" or "Jint (embedded)".</param>
/// <param name="Steps">Commands in order; each must end with exit code 0 for the next to start.</param>
/// <param name="Environment">Variables that the tool needs.</param>
internal sealed record Toolchain(string Tool, IReadOnlyList<ToolStep> Steps, IReadOnlyDictionary<string, string> Environment)
{
    private static readonly IReadOnlyDictionary<string, string> _nothing = new Dictionary<string, string>();

    /// <summary>A tool that needs no variables.</summary>
    public Toolchain(string tool, params ToolStep[] steps)
        : this(tool, steps, _nothing)
    {
    }
}
