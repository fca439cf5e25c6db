using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace FLoRA.Inference.Speech.Audio.Ffmpeg;

/// <summary>One run of ffmpeg, killed with all its children when it is cancelled, takes too long, or is disposed.</summary>
internal sealed class FfmpegProcess : IDisposable
{
    private readonly Process _process;
    private readonly TimeSpan _timeout;
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenRegistration _killing;
    private readonly Task<string> _lastError;

    /// <summary>Starts it.</summary>
    /// <exception cref="AudioFormatException">The program cannot be run.</exception>
    public FfmpegProcess(string program, IReadOnlyList<string> arguments, string folder, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(program, arguments) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("FFREPORT"); // it would write a log file
        try
        {
            _process = Process.Start(start) ?? throw new Win32Exception("no process was started");
        }
        catch (Win32Exception failure)
        {
            throw new AudioFormatException($"'{program}' cannot be run: {failure.Message}", failure);
        }

        _process.StandardInput.Close();
        _timeout = timeout;
        _cancellationToken = cancellationToken;
        _limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _limit.CancelAfter(timeout);
        _lastError = Task.Run(() => ReadLastLine(_process.StandardError.BaseStream));
        _killing = _limit.Token.Register(Kill);
    }

    /// <summary>What it writes; ends early when it is killed.</summary>
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>Waits for the end, after <see cref="Output"/> has ended.</summary>
    /// <returns>Null: all went well; else what it said.</returns>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    /// <exception cref="AudioFormatException">It took too long.</exception>
    public string? Finish()
    {
        _process.WaitForExit();
        _cancellationToken.ThrowIfCancellationRequested();
        if (_limit.IsCancellationRequested)
            throw new AudioFormatException($"ffmpeg took longer than {_timeout}, the limit set by {nameof(AudioReaderOptions)}.{nameof(AudioReaderOptions.FfmpegTimeout)}");
        return _process.ExitCode == 0 ? null : $"ffmpeg ended with exit code {_process.ExitCode}: {_lastError.GetAwaiter().GetResult()}";
    }

    /// <summary>Kills it if it still runs.</summary>
    public void Dispose()
    {
        _killing.Dispose();
        Kill();
        _process.WaitForExit();
        _limit.Dispose();
        _process.Dispose();
    }

    private void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception failure) when (failure is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended by itself, or one of its children has.
        }
    }

    /// <summary>The last line that is not empty, of however much is written.</summary>
    private static string ReadLastLine(Stream error)
    {
        byte[] tail = new byte[4096];
        int kept = 0;
        try
        {
            while (error.Read(tail, kept, tail.Length - kept) is > 0 and var count)
            {
                kept += count;
                if (kept > tail.Length / 2)
                {
                    int dropped = kept - tail.Length / 2;
                    tail.AsSpan(dropped, kept - dropped).CopyTo(tail);
                    kept -= dropped;
                }
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // The pipe was closed under us: what came so far is all.
        }

        return Encoding.UTF8.GetString(tail, 0, kept).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "it said nothing";
    }
}
