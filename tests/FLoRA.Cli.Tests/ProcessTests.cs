using System.Diagnostics;
using System.Text;

namespace FLoRA.Cli.Tests;

/// <summary>The command as a process of its own: streams, exit codes, encodings, natives.</summary>
public sealed class ProcessTests
{
    private const string NativeFolderVariable = "FLORA_TORCH_LIB";

    [Fact]
    public async Task TextIsUtf8WhateverTheLocale()
    {
        FloraRun run = await StartAsync("{\"id\":\"日本\",\"text\":\"héllo 🙂\"}", ["tokenize", "--model", FloraRun.Coder, "--requests", "-"], ("LANG", "C"), ("LC_ALL", "C"));
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("héllo 🙂", run.Line("日本").GetProperty("decoded").GetString());
        Assert.False(run.Output.StartsWith('\uFEFF'));
    }

    [Fact]
    public async Task TokenizeAndAdaptersDoWithoutLibtorch()
    {
        (string, string) nowhere = (NativeFolderVariable, "/nowhere");
        FloraRun tokens = await StartAsync("{\"id\":1,\"text\":\"x\"}", ["tokenize", "--model", FloraRun.Coder, "--requests", "-"], nowhere);
        FloraRun inspected = await StartAsync("", ["adapters", "inspect", Path.Combine(FloraRun.CoderAdapters, "lua-ia3"), "--model", FloraRun.Coder], nowhere);
        Assert.Equal((0, 0), (tokens.ExitCode, inspected.ExitCode));
        (await StartAsync("", ["info", "--json"], nowhere)).AssertRefused("/nowhere");
    }

    [Fact]
    public async Task GeneratesAndEndsByItself()
    {
        FloraRun run = await StartAsync(
            "{\"id\":1,\"prompt\":\"def f(x):\\n\",\"max_new_tokens\":5}\n{\"id\":2,\"adapter\":\"nobody\",\"prompt\":\"x\"}", ["generate", "--model", FloraRun.Coder, "--requests", "-"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(5, run.Line("1").GetProperty("tokens").GetArrayLength());
        Assert.StartsWith("AdapterNotFoundException", run.ErrorOf("2"), StringComparison.Ordinal);
    }

    private static async Task<FloraRun> StartAsync(string input, string[] args, params (string Name, string Value)[] environment)
    {
        UTF8Encoding utf8 = new(encoderShouldEmitUTF8Identifier: false);
        ProcessStartInfo start = new("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = utf8,
            StandardOutputEncoding = utf8,
            StandardErrorEncoding = utf8,
        };
        foreach (string argument in (string[])[Path.Combine(AppContext.BaseDirectory, "flora.dll"), .. args])
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken), error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        return new FloraRun(process.ExitCode, await output, await error);
    }
}
