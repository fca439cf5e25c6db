using CodeAgent.Sandbox;

namespace CodeAgent.Languages;

/// <summary>How to find and use the tool of a language.</summary>
/// <param name="Names">Names on the PATH, the best first.</param>
/// <param name="Steps">The commands, given the tool's path and the program's file.</param>
/// <param name="Probe">A program that must run with exit code 0.</param>
/// <param name="Locate">
/// Arguments with which the tool prints where it really lies: version managers (pyenv, rustup, rbenv ...) put a shim on
/// the PATH that needs the user's own HOME and environment, which a program here does not get. Null: there are none.
/// </param>
/// <param name="Located">Path of the tool below what <paramref name="Locate"/> printed; empty: it printed the tool.</param>
internal sealed record ToolRecipe(
    IReadOnlyList<string> Names,
    Func<string, string, IReadOnlyList<ToolStep>> Steps,
    string Probe,
    IReadOnlyList<string>? Locate = null,
    string Located = "")
{
    private static readonly SandboxLimits _interpreter = new();

    private static readonly SandboxLimits _compiler = new()
    {
        WallTime = TimeSpan.FromSeconds(30),
        CpuTime = TimeSpan.FromSeconds(30),
        MemoryBytes = 2L << 30,
        FileBytes = 256L << 20,
        FolderBytes = 512L << 20,
    };

    /// <summary>Recipe per language id.</summary>
    public static IReadOnlyDictionary<string, ToolRecipe> All { get; } = new Dictionary<string, ToolRecipe>
    {
        ["py"] = Interpreter(["python3", "python"], ["-I"], "assert 1 + 1 == 2\n") with { Locate = ["-c", "import sys; print(sys.executable)"] },
        ["js"] = Interpreter(["node", "nodejs"], ["--max-old-space-size=256"], "require('node:assert').equal(1 + 1, 2);\n") with { Locate = ["-p", "process.execPath"] },
        ["rb"] = Interpreter(["ruby"], ["--disable-gems"], "raise 'no' unless 1 + 1 == 2\n") with { Locate = ["-e", "puts RbConfig.ruby"] },
        ["pl"] = Interpreter(["perl"], [], "die unless 1 + 1 == 2;\n") with { Locate = ["-e", "print $^X"] },
        ["lua"] = Interpreter(["lua5.4", "lua", "lua5.3", "luajit"], [], "assert(1 + 1 == 2)\n"),
        ["rkt"] = Interpreter(["racket"], [], "#lang racket\n(unless (= (+ 1 1) 2) (exit 1))\n"),
        ["rs"] = new ToolRecipe(["rustc"], Rust, "fn main() { assert_eq!(1 + 1, 2); }\n", ["--print", "sysroot"], "bin/rustc"),
        ["r"] = Interpreter(["Rscript"], ["--vanilla"], "stopifnot(1 + 1 == 2)\n"),
        ["php"] = Interpreter(["php"], ["-d", "error_reporting=0"], "<?php\nif (1 + 1 !== 2) { exit(1); }\n") with { Locate = ["-r", "echo PHP_BINARY;"] },
        ["sh"] = Interpreter(["bash"], [], "(( 1 + 1 == 2 )) || exit 1\n"),
    };

    private static ToolRecipe Interpreter(IReadOnlyList<string> names, IReadOnlyList<string> options, string probe) =>
        new(names, (tool, file) => [new ToolStep([tool, .. options, file], _interpreter)], probe);

    private static IReadOnlyList<ToolStep> Rust(string tool, string file) =>
    [
        new ToolStep([tool, "-A", "warnings", "-C", "debuginfo=0", "-o", "program", file], _compiler),
        new ToolStep(["./program"], _interpreter),
    ];
}
