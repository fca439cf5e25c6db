using System.Collections.Frozen;

namespace FLoRA.SemanticKernel;

/// <summary>One name for each language, whatever a model or the writer of a card calls it.</summary>
internal static class LanguageNames
{
    private static readonly FrozenDictionary<string, string> Canonical = Table(
        "bash sh shell zsh shellscript",
        "c# cs csharp c-sharp",
        "c++ cpp cxx cc cplusplus",
        "clojure clj",
        "elixir ex exs",
        "erlang erl",
        "f# fs fsharp",
        "fortran f90",
        "go golang",
        "haskell hs",
        "javascript js ecmascript node nodejs node.js",
        "julia jl",
        "kotlin kt",
        "latex tex",
        "makefile make",
        "markdown md",
        "matlab octave",
        "objective-c objc objectivec obj-c",
        "ocaml ml",
        "perl pl perl5",
        "php php8",
        "powershell ps1 pwsh",
        "python py python3",
        "r rlang rscript",
        "racket rkt",
        "ruby rb",
        "rust rs",
        "scala sc",
        "typescript ts",
        "vb vb.net vbnet visualbasic",
        "yaml yml");

    /// <summary>The name by which languages are compared and listed: lower case, and the same for every alias.</summary>
    internal static string Of(string language)
    {
        string name = language.Trim().ToLowerInvariant();
        return Canonical.GetValueOrDefault(name, name);
    }

    /// <summary>Each row: the name, then its aliases.</summary>
    private static FrozenDictionary<string, string> Table(params string[] rows) =>
        rows.Select(row => row.Split(' ')).SelectMany(names => names.Skip(1).Select(alias => KeyValuePair.Create(alias, names[0]))).ToFrozenDictionary(StringComparer.Ordinal);
}
