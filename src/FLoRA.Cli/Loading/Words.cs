using System.CommandLine;

namespace FLoRA.Cli.Loading;

/// <summary>Options that are one of some words.</summary>
internal static class Words
{
    /// <summary>The first word when the option is not given.</summary>
    /// <param name="name">Name of the option.</param>
    /// <param name="description">For the help.</param>
    /// <param name="words">At least two.</param>
    public static Option<string> Option(string name, string description, params string[] words)
    {
        Option<string> option = new(name) { Description = $"{description} Default: {words[0]}.", HelpName = string.Join('|', words), DefaultValueFactory = _ => words[0] };
        RefuseOthers(option, words);
        return option;
    }

    /// <summary>Makes an option refuse everything but <paramref name="words"/>.</summary>
    /// <param name="option">The option.</param>
    /// <param name="words">At least two.</param>
    public static void RefuseOthers(Option option, params string[] words) => option.Validators.Add(result =>
    {
        if (result.Tokens.Count > 0 && !words.Contains(result.Tokens[^1].Value))
            result.AddError($"{option.Name}: expected {string.Join(", ", words[..^1])} or {words[^1]}; got '{result.Tokens[^1].Value}'");
    });
}
