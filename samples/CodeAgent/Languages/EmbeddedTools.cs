using System.Runtime.InteropServices;
using CodeAgent.Sandbox;

namespace CodeAgent.Languages;

/// <summary>
/// JavaScript (Jint) and Lua (NLua) without anything on the machine: this program starts itself as a child that is
/// nothing but the interpreter, in the same sandbox as any other tool.
/// </summary>
internal static class EmbeddedTools
{
    public const string JavaScriptVerb = "__javascript", LuaVerb = "__lua";

    private static readonly SandboxLimits _limits = new() { MemoryBytes = 768L << 20 };

    // Diagnostics would open a socket; write-xor-execute maps a file of 2 GiB, which the limit on files forbids.
    private static readonly IReadOnlyDictionary<string, string> _environment = new Dictionary<string, string>
    {
        ["DOTNET_EnableDiagnostics"] = "0",
        ["DOTNET_EnableWriteXorExecute"] = "0",
        ["DOTNET_GCHeapHardLimit"] = "0x10000000",
        ["DOTNET_TieredPGO"] = "0",
    };

    /// <summary>The embedded tool of a language, or null.</summary>
    public static Toolchain? Find(Language language) => language.Id switch
    {
        "js" => Self("Jint (embedded)", JavaScriptVerb, language),
        "lua" => Self("NLua (embedded)", LuaVerb, language),
        _ => null,
    };

    private static Toolchain Self(string tool, string verb, Language language)
    {
        string host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        string self = typeof(EmbeddedTools).Assembly.Location;
        return new Toolchain(tool, [new ToolStep([host, "exec", self, verb, language.FileName], _limits)], _environment);
    }
}
