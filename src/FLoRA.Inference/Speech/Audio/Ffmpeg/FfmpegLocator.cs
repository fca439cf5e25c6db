namespace FLoRA.Inference.Speech.Audio.Ffmpeg;

/// <summary>Finds the ffmpeg program.</summary>
internal static class FfmpegLocator
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The program for a recording in <paramref name="container"/>.</summary>
    /// <param name="options">May name it or forbid it.</param>
    /// <param name="container">For the message.</param>
    /// <param name="searchPath">As the environment's PATH.</param>
    /// <exception cref="AudioFormatException">There is none; says what to do.</exception>
    public static string Find(AudioReaderOptions options, AudioContainer container, string? searchPath)
    {
        string convert = $"convert with: ffmpeg -i in.{container.Extension} -ar 16000 -ac 1 out.wav";
        if (!options.UseFfmpeg)
            throw new AudioFormatException($"{container.Name} is not decoded here, and {nameof(AudioReaderOptions)}.{nameof(AudioReaderOptions.UseFfmpeg)} is off; expected WAV, FLAC, MP3 or Ogg Vorbis; {convert}");
        if (options.FfmpegPath is { } configured)
        {
            return IsProgram(configured)
                ? Path.GetFullPath(configured)
                : throw new AudioFormatException($"{container.Name} needs ffmpeg, and {nameof(AudioReaderOptions)}.{nameof(AudioReaderOptions.FfmpegPath)} '{configured}' is not a program");
        }

        // An entry that is not a full path would run what lies in the working folder.
        return (searchPath ?? "").Split(Path.PathSeparator).Where(Path.IsPathFullyQualified).Select(folder => Path.Combine(folder, "ffmpeg")).FirstOrDefault(IsProgram)
            ?? throw new AudioFormatException($"{container.Name} needs ffmpeg, which is not on the PATH: install it (apt-get install ffmpeg), or {convert}");
    }

    private static bool IsProgram(string path) => File.Exists(path) && (File.GetUnixFileMode(path) & AnyExecute) != 0;
}
