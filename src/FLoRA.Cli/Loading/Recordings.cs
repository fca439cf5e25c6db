using FLoRA.Inference.Speech;
using FLoRA.Inference.Speech.Audio;
using FLoRA.Inference.Speech.Transcription;

namespace FLoRA.Cli.Loading;

/// <summary>Opens recordings for transcription, a bounded number of them at a time. Thread-safe.</summary>
internal sealed class Recordings : IDisposable
{
    /// <summary>Name of standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>About 1 GB of features with 80 mel bins.</summary>
    private static readonly TimeSpan MostHeld = TimeSpan.FromHours(8);

    private readonly AudioReader _reader = new();
    private readonly SemaphoreSlim _decoding = new(Environment.ProcessorCount);
    private readonly SpeechTranscriber _transcriber;
    private readonly Terminal _terminal;
    private readonly bool _tellsWarnings;
    private readonly byte[]? _standardInput;
    private readonly RecordingGate _gate;

    /// <param name="session">A session for speech.</param>
    /// <param name="terminal">Where warnings go.</param>
    /// <param name="tellsWarnings">False: a warm-up, which would tell them twice.</param>
    /// <param name="standardInput">The recording called <see cref="StandardInput"/>; null: that is a file's name like any other.</param>
    public Recordings(Session session, Terminal terminal, bool tellsWarnings, byte[]? standardInput = null)
    {
        _standardInput = standardInput;
        _transcriber = session.Transcriber;
        _terminal = terminal;
        _tellsWarnings = tellsWarnings;
        // Twice the sequences: while one batch is full, the next recordings are made ready.
        _gate = new RecordingGate((2 * session.Engine.Info.MaxSequences) + Environment.ProcessorCount, MostHeld);
    }

    /// <summary>Waits for a place, reads a recording, computes its features and begins its transcription; the lease is to be held to its end.</summary>
    public async Task<(TranscriptStream Stream, RecordingLease Lease)> OpenAsync(string path, TranscriptionOptions options, CancellationToken cancellationToken)
    {
        RecordingLease lease = await _gate.EnterAsync(cancellationToken);
        try
        {
            // Samples are large: only some recordings have any at a time.
            await _decoding.WaitAsync(cancellationToken);
            try
            {
                return (await Task.Run(() => Start(path, options, lease, cancellationToken), cancellationToken), lease);
            }
            finally
            {
                _decoding.Release();
            }
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>No transcription may be running any more.</summary>
    public void Dispose() => _decoding.Dispose();

    private TranscriptStream Start(string path, TranscriptionOptions options, RecordingLease lease, CancellationToken cancellationToken)
    {
        AudioClip clip = path == StandardInput && _standardInput is not null
            ? _reader.Read(new MemoryStream(_standardInput, writable: false), cancellationToken)
            : _reader.ReadFile(path, cancellationToken);
        lease.Count(clip.Duration);
        foreach (string warning in _tellsWarnings ? clip.Warnings : [])
            _terminal.Error.WriteLine($"flora: warning: {path}: {warning}");
        return _transcriber.Start(clip, options);
    }
}
