using System.CommandLine;
using CodeAgent;
using CodeAgent.Languages;
using Spectre.Console;

// The child that is nothing but an embedded interpreter.
if (args is [EmbeddedTools.JavaScriptVerb, var script])
    return JavaScriptInterpreter.Run(script, Console.Out);
if (args is [EmbeddedTools.LuaVerb, var chunk])
    return LuaInterpreter.Run(chunk, Console.Out);

var app = new AgentApp(AnsiConsole.Console, Console.Out, Console.Error, AppContext.BaseDirectory);
ParseResult parsed = CommandLine.Create(app.RunAsync).Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (string message in parsed.Errors.Select(e => e.Message))
        Console.Error.WriteLine(message);
    return 2;
}
return await parsed.InvokeAsync();
