using System.Diagnostics;

namespace FLoRA.Bench.FirstToken;

/// <summary>One run of <c>flora generate --prompt</c>.</summary>
/// <param name="FirstByteSeconds">From before the process is started to the first byte of its answer.</param>
/// <param name="TotalSeconds">To its end.</param>
internal sealed record FloraRun(double FirstByteSeconds, double TotalSeconds);

/// <summary>Starts flora as a user does and listens to its stdout.</summary>
internal sealed class FloraProcess(string program, string coder, int newTokens)
{
    private const string Prompt = "-- Cap qty at 6.\nlocal function cap(qty)\n", Adapter = "lua-flora-r4";

    /// <exception cref="InvalidOperationException">flora failed; the message is its own.</exception>
    public async Task<FloraRun> RunAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program,
        [
            "generate", "--model", Path.Combine(coder, "model"), "--adapters", Path.Combine(coder, "adapters"), "--device", "cpu",
            "--adapter-id", Adapter, "--max-new-tokens", $"{newTokens}", "--prompt", Prompt,
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        long started = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var first = new byte[1];
        int read = await process.StandardOutput.BaseStream.ReadAsync(first, cancellationToken);
        TimeSpan firstByte = Stopwatch.GetElapsedTime(started);
        await process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        TimeSpan total = Stopwatch.GetElapsedTime(started);
        if (process.ExitCode != 0 || read == 0)
            throw new InvalidOperationException($"flora ended with {process.ExitCode}: {await errors}");
        return new FloraRun(firstByte.TotalSeconds, total.TotalSeconds);
    }
}
