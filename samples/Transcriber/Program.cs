using System.CommandLine;
using Spectre.Console;
using Transcriber;

var app = new TranscriberApp(AnsiConsole.Console, Console.Out, Console.Error, AppContext.BaseDirectory);
// A prompt-like '@' at the start of a file's name is no response file.
ParseResult parsed = CommandLine.Create(app.RunAsync).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
if (parsed.Errors.Count > 0)
{
    foreach (string message in parsed.Errors.Select(e => e.Message))
        Console.Error.WriteLine(message);
    return 2;
}
return await parsed.InvokeAsync();
