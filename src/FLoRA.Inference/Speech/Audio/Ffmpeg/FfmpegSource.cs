using FLoRA.Inference.Speech.Audio.Wav;

namespace FLoRA.Inference.Speech.Audio.Ffmpeg;

/// <summary>Any other format, decoded by ffmpeg from a temporary file of our own, in a folder that is this user's alone.</summary>
internal sealed class FfmpegSource : IMonoSource
{
    private readonly AudioContainer _container;
    private readonly DirectoryInfo _folder;
    private readonly FfmpegProcess? _process;
    private readonly WavSource? _wav;
    private bool _anySamples, _ended;

    /// <summary>Copies the recording and starts decoding. The stream stays the caller's.</summary>
    /// <exception cref="AudioFormatException">There is no ffmpeg, or it refuses the recording.</exception>
    public FfmpegSource(AudioContainer container, Stream stream, AudioReaderOptions options, CancellationToken cancellationToken)
    {
        string program = FfmpegLocator.Find(options, container, Environment.GetEnvironmentVariable("PATH"));
        _container = container;
        _folder = Directory.CreateTempSubdirectory("flora-audio-");
        try
        {
            string input = Path.Combine(_folder.FullName, "input." + container.Extension);
            using (FileStream copy = new(input, FileMode.CreateNew, FileAccess.Write))
                EncodedCopy.Copy(stream, copy, options.MaxEncodedBytes, cancellationToken);
            _process = new FfmpegProcess(program, FfmpegArguments.Of(container, input, options.MaxDuration), _folder.FullName, options.FfmpegTimeout, cancellationToken);
            _wav = Open(_process);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Format => $"{_container.Name} by ffmpeg";

    /// <inheritdoc/>
    public int SampleRate => _wav!.SampleRate;

    /// <inheritdoc/>
    public int Channels => _wav!.Channels;

    /// <inheritdoc/>
    public int Read(Span<float> mono, List<string> warnings)
    {
        int count = _ended ? 0 : _wav!.Read(mono, warnings);
        if (count > 0 || _ended)
        {
            _anySamples |= count > 0;
            return count;
        }

        _ended = true;
        if (_process!.Finish() is { } problem)
        {
            if (!_anySamples)
                throw Refusal(problem);
            warnings.Add($"{_container.Name}: {problem}: the rest is left out");
        }

        return 0;
    }

    /// <summary>Ends ffmpeg and deletes the copy.</summary>
    public void Dispose()
    {
        _process?.Dispose();
        _wav?.Dispose();
        _folder.Delete(recursive: true);
    }

    private WavSource Open(FfmpegProcess process)
    {
        try
        {
            return new WavSource(process.Output);
        }
        catch (AudioFormatException)
        {
            // It wrote no header: its own words say more.
            process.Output.Close();
            throw Refusal(process.Finish() ?? "ffmpeg wrote no WAV header");
        }
    }

    private AudioFormatException Refusal(string problem) => new($"{_container.Name}: expected a recording that ffmpeg decodes; {problem}");
}
