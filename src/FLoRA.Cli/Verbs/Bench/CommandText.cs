using System.CommandLine;
using System.CommandLine.Parsing;

namespace FLoRA.Cli.Verbs.Bench;

/// <summary>What was run, so that two results can be told to be of the same run.</summary>
internal static class CommandText
{
    /// <summary>The verb and what was given to it, in the order of its definition, such as <c>decode --sequences 8 --dtype int8</c>.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="silent">Options that say how to tell the result, not what to run.</param>
    public static string Of(ParseResult parsed, params Option[] silent)
    {
        Command command = parsed.CommandResult.Command;
        IEnumerable<string> arguments = command.Arguments.SelectMany(argument => parsed.GetResult(argument)?.Tokens ?? []).Select(token => Quoted(token.Value));
        IEnumerable<string> options = command.Options.Except(silent)
            .Select(parsed.GetResult)
            .OfType<OptionResult>()
            .Where(option => !option.Implicit)
            .SelectMany(option => option.Tokens.Select(token => Quoted(token.Value)).Prepend(option.Option.Name));
        return string.Join(' ', [command.Name, .. arguments, .. options]);
    }

    private static string Quoted(string value) => value.Length == 0 || value.Contains(' ', StringComparison.Ordinal) ? $"'{value}'" : value;
}
