namespace FLoRA.Inference.Speech.Audio.Packages;

/// <summary>
/// Decoders of others, which throw what they please when a file is damaged: with nothing decoded that is a refusal, later the end of what
/// can be used, with a warning.
/// </summary>
internal sealed class PackageGuard(string format)
{
    private bool _ended;
    private long _frames;

    /// <summary>Opens a decoder.</summary>
    /// <exception cref="AudioFormatException">It refuses the file.</exception>
    public T Open<T>(Func<T> open)
    {
        try
        {
            return open();
        }
        catch (Exception failure) when (IsOfTheFile(failure))
        {
            throw Refusal(failure);
        }
    }

    /// <summary>Decodes some frames.</summary>
    /// <returns>Their number; 0: at the end, or nothing more can be decoded.</returns>
    /// <exception cref="AudioFormatException">Nothing at all could be decoded.</exception>
    public int Read(Func<int> read, int sampleRate, List<string> warnings)
    {
        if (_ended)
            return 0;
        try
        {
            int count = read();
            _ended = count == 0;
            _frames += count;
            return count;
        }
        catch (Exception failure) when (IsOfTheFile(failure))
        {
            if (_frames == 0)
                throw Refusal(failure);
            _ended = true;
            warnings.Add(FormattableString.Invariant($"{format}: damaged after {(double)_frames / sampleRate:0.###} s ({failure.Message}): the rest is left out"));
            return 0;
        }
    }

    private AudioFormatException Refusal(Exception failure) => new($"{format}: the file is damaged or not what it begins as: {failure.Message}", failure);

    private static bool IsOfTheFile(Exception failure) => failure is not (OperationCanceledException or OutOfMemoryException or AudioFormatException);
}
