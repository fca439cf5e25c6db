using System.Diagnostics;

namespace FLoRA.Packages.Tests;

/// <summary>A process that has ended.</summary>
internal sealed record Command(string Line, int ExitCode, string Output, string Error)
{
    /// <summary>Runs a program in <paramref name="folder"/> to its end; a variable whose value is null is not set.</summary>
    public static async Task<Command> RunAsync(string program, string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?> environment, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(program) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        foreach ((string name, string? value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        try
        {
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken), error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return new Command($"{program} {string.Join(' ', start.ArgumentList)}", process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>The same, if it succeeded; all that it wrote if it did not.</summary>
    public Command Succeeded()
    {
        Assert.True(ExitCode == 0, $"{Line} ended with {ExitCode}:\n{Output}\n{Error}");
        return this;
    }
}
