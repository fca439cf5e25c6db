using System.CommandLine;
using System.Runtime.InteropServices;
using CodeAgent;
using CodeAgent.Languages;
using Spectre.Console;

// The child that is nothing but an embedded interpreter.
if (args is [EmbeddedTools.JavaScriptVerb, var script])
    return JavaScriptInterpreter.Run(script, Console.Out);
if (args is [EmbeddedTools.LuaVerb, var chunk])
    return LuaInterpreter.Run(chunk, Console.Out);

var app = new AgentApp(AnsiConsole.Console, Console.Out, Console.Error, AppContext.BaseDirectory);
// A terminal that goes away interrupts as Ctrl-C does: no program is left behind.
using var hangup = new CancellationTokenSource();
using var onHangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
{
    signal.Cancel = true;
    hangup.Cancel();
});
ParseResult parsed = CommandLine.Create(async (options, interrupt) =>
{
    using var either = CancellationTokenSource.CreateLinkedTokenSource(interrupt, hangup.Token);
    return await app.RunAsync(options, either.Token);
}).Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (string message in parsed.Errors.Select(e => e.Message))
        Console.Error.WriteLine(message);
    return 2;
}
return await parsed.InvokeAsync();
