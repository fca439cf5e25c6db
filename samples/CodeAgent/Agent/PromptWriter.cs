using CodeAgent.Languages;

namespace CodeAgent.Agent;

/// <summary>Writes the prompt of a typed task in each language, in the form the model was trained on: comment, then signature.</summary>
internal static class PromptWriter
{
    /// <summary>The task in all given languages. Without tests: a program that only defines the function.</summary>
    public static CodingTask Write(string description, Signature signature, IReadOnlyList<Language> languages) =>
        new(signature.Name, description, languages.ToDictionary(l => l.Id, l => new LanguageTask(Prompt(l.Id, description, signature), Rest(l.Id), StopTexts(l.Id), IsTested: false, null)));

    private static string Prompt(string language, string description, Signature s)
    {
        string names = Join(s, ", ", a => a.Name);
        return language switch
        {
            "py" => $"# {description}\ndef {s.Name}({names}):\n",
            "js" => $"// {description}\nfunction {s.Name}({names}) {{\n",
            "rb" => $"# {description}\ndef {s.Name}({names})\n",
            "pl" => $"# {description}\nsub {s.Name} {{\n    my ({Join(s, ", ", a => "$" + a.Name)}) = @_;\n",
            "lua" => $"-- {description}\nlocal function {s.Name}({names})\n",
            "rkt" => $"#lang racket\n;; {description}\n(define ({s.Name} {Join(s, " ", a => a.Name)})\n",
            "rs" => $"/// {description}\nfn {s.Name}({Join(s, ", ", a => $"{a.Name}: {Rust(a.Type)}")}) -> {Rust(s.Result)} {{\n",
            "r" => $"# {description}\n{s.Name} <- function({names}) {{\n",
            "php" => $"<?php\n// {description}\nfunction {s.Name}({Join(s, ", ", a => "$" + a.Name)}) {{\n",
            "sh" => $"# {description}\n{string.Concat(s.Arguments.Select((a, i) => $"# ${i + 1} is {a.Name}, {Words(a.Type)}\n"))}{s.Name}() {{\n",
            _ => throw new ArgumentException($"No prompt form is known for the language '{language}'.", nameof(language)),
        };
    }

    /// <summary>What closes the function where the stop text has cut its end, and what a program needs to start.</summary>
    private static string Rest(string language) => language switch
    {
        "rs" => "}\n\nfn main() {}\n",
        "sh" => "}\n",
        _ => "",
    };

    /// <summary>The texts that begin something after the function; those of the eval sets.</summary>
    private static IReadOnlyList<string> StopTexts(string language) => language switch
    {
        "py" => ["\ndef", "\n#", "\nif", "\nclass"],
        "js" => ["\nfunction ", "\n/*", "\n//", "\nconsole.log"],
        "rb" => ["\nclass", "\ndef", "\n#", "\n\n"],
        "pl" => ["\nsub", "\n#", "\n\n"],
        "lua" => ["\nlocal", "\nfunction", "\n--", "\n\n"],
        "rkt" => ["\n(define ", "\n#|", "\n;", "\n("],
        "r" => ["\n#", "\n```"],
        "php" => ["\nfunction", "\n?>", "\n//", "\n#"],
        _ => ["\n}"],
    };

    private static string Join(Signature s, string separator, Func<(string Name, ValueType Type), string> write) => string.Join(separator, s.Arguments.Select(write));

    private static string Rust(ValueType type) => type switch
    {
        ValueType.Int => "isize",
        ValueType.Bool => "bool",
        ValueType.Text => "String",
        ValueType.IntList => "Vec<isize>",
        _ => "Vec<String>",
    };

    private static string Words(ValueType type) => type switch
    {
        ValueType.Int => "an integer",
        ValueType.Bool => "true or false",
        ValueType.Text => "a string",
        ValueType.IntList => "a list of integers",
        _ => "a list of words",
    };
}
