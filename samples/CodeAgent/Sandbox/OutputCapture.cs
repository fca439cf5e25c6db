using System.IO.Pipes;
using System.Text;

namespace CodeAgent.Sandbox;

/// <summary>Reads what a program prints, up to a limit; what comes after that is thrown away unread.</summary>
internal sealed class OutputCapture
{
    private readonly byte[] _kept;
    private volatile int _count;
    private volatile bool _overflowed;

    public OutputCapture(AnonymousPipeServerStream pipe, int limitBytes)
    {
        _kept = new byte[limitBytes];
        Completion = Task.Factory.StartNew(() => Read(pipe), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Ends when every process that holds the other end of the pipe is gone, or at the limit.</summary>
    public Task Completion { get; }

    public bool HasOverflowed => _overflowed;

    public string Text => Encoding.UTF8.GetString(_kept, 0, _count);

    private void Read(AnonymousPipeServerStream pipe)
    {
        Span<byte> beyond = stackalloc byte[1];
        while (true)
        {
            Span<byte> free = _kept.AsSpan(_count);
            int read = pipe.Read(free.IsEmpty ? beyond : free);
            if (read == 0)
                return;
            if (free.IsEmpty)
            {
                _overflowed = true;
                return;
            }
            _count += read;
        }
    }
}
