using CodeAgent.Agent;
using CodeAgent.Languages;
using CodeAgent.Sandbox;

namespace CodeAgent.Tests;

/// <summary>What most tests need: a real sandbox, the languages and the embedded model's folder.</summary>
internal static class TestRun
{
    public static SandboxProtections Protections { get; } = SandboxProtections.Detect();

    public static ProgramSandbox Sandbox { get; } = new(Protections, TimeProvider.System);

    public static EmbeddedModel Embedded { get; } = EmbeddedModel.Find(AppContext.BaseDirectory);

    public static Language Language(string id) => LanguageTable.All.Single(l => l.Id == id);

    /// <summary>Runs a shell script in a fresh folder.</summary>
    public static async Task<SandboxResult> ShellAsync(string script, SandboxLimits? limits = null, string shell = "sh")
    {
        using var folder = new SandboxFolder();
        return await Sandbox.RunAsync(folder, [shell, "-c", script], new Dictionary<string, string>(), limits ?? new SandboxLimits(), TestContext.Current.CancellationToken);
    }
}
