using System.Diagnostics;
using FLoRA.Inference.Speech.Audio;
using FLoRA.Inference.Speech.Audio.Ffmpeg;
using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Inference.Tests.Speech;

/// <summary>Formats that are given to ffmpeg, here a shell script in its place.</summary>
public sealed class FfmpegTests : IDisposable
{
    private static readonly byte[] Opus = [.. "OggS"u8, .. new byte[22], 1, 0x13, .. "OpusHead"u8, .. new byte[100]];
    private static readonly AudioContainer OpusContainer = AudioContainer.Sniff(Opus)!;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_demuxer_is_fixed_and_nothing_but_files_and_pipes_can_be_opened() => Assert.Equal(
        [
            "-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file,pipe", "-f", "ogg", "-i", "file:/tmp/x/input.opus",
            "-map", "0:a:0", "-vn", "-sn", "-dn", "-t", "62", "-codec:a", "pcm_f32le", "-f", "wav", "pipe:1",
        ],
        FfmpegArguments.Of(OpusContainer, "/tmp/x/input.opus", TimeSpan.FromSeconds(60.5)));

    [Fact]
    public void What_it_writes_is_read_and_its_input_is_a_private_copy_that_is_deleted()
    {
        AudioClip clip = Read($"""
            printf '%s\n' "$@" > '{_folder.Path}/arguments'
            pwd > '{_folder.Path}/folder'; stat -c %a . > '{_folder.Path}/mode'; cat input.opus > '{_folder.Path}/input'; cat > '{_folder.Path}/stdin'
            cat '{AudioData.File("sweep-48k-f32.wav")}'
            """);
        Assert.Equal(("Ogg Opus by ffmpeg", 48_000, 1, 16_000), (clip.SourceFormat, clip.SourceSampleRate, clip.SourceChannels, clip.Samples.Length));
        Assert.Equal(AudioData.Clip("sweep-48k-f32.wav").Samples.ToArray(), clip.Samples.ToArray());
        Assert.Empty(clip.Warnings);
        Assert.Equal(Opus, File.ReadAllBytes(_folder.File("input")));
        Assert.Equal("700\n", File.ReadAllText(_folder.File("mode")));
        Assert.Empty(File.ReadAllBytes(_folder.File("stdin")));
        string folder = File.ReadAllText(_folder.File("folder")).Trim();
        Assert.Contains($"file:{folder}/input.opus", File.ReadAllLines(_folder.File("arguments")));
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void The_last_line_that_it_says_is_in_the_error()
    {
        AudioFormatException refused = Assert.Throws<AudioFormatException>(() => Read("""
            i=0; while [ $i -lt 3000 ]; do echo "noise $i" >&2; i=$((i+1)); done
            echo 'Invalid data found when processing input' >&2; exit 183
            """));
        Assert.Equal("Ogg Opus: expected a recording that ffmpeg decodes; ffmpeg ended with exit code 183: Invalid data found when processing input", refused.Message);
    }

    [Fact]
    public void A_failure_after_some_samples_is_a_warning()
    {
        AudioClip clip = Read($"cat '{AudioData.File("sweep.wav")}'; echo 'corrupt packet' >&2; exit 1");
        Assert.Equal(2, clip.Duration.TotalSeconds);
        Assert.Equal(["Ogg Opus: ffmpeg ended with exit code 1: corrupt packet: the rest is left out"], clip.Warnings);
    }

    [Fact]
    public void Success_without_a_word_is_refused() =>
        Assert.Contains("ffmpeg wrote no WAV header", Assert.Throws<AudioFormatException>(() => Read("exit 0")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_run_that_takes_too_long_is_killed_with_its_children()
    {
        AudioFormatException refused = Assert.Throws<AudioFormatException>(() => Read(Hanging, new AudioReaderOptions { FfmpegTimeout = TimeSpan.FromSeconds(0.5) }));
        Assert.Contains("ffmpeg took longer than 00:00:00.5", refused.Message, StringComparison.Ordinal);
        AssertChildIsGone();
    }

    [Fact]
    public async Task Cancelling_kills_it_with_its_children()
    {
        using CancellationTokenSource cancelled = new();
        Task<AudioClip> reading = Task.Run(() => ReadWith(Script(Hanging), new AudioReaderOptions(), cancelled.Token), TestContext.Current.CancellationToken);
        while (!File.Exists(_folder.File("ready")))
            await Task.Delay(5, TestContext.Current.CancellationToken);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        AssertChildIsGone();
    }

    [Fact]
    public void Output_without_end_stops_at_the_longest_recording()
    {
        AudioFormatException refused = Assert.Throws<AudioFormatException>(() =>
            Read($"head -c 44 '{AudioData.File("sweep.wav")}' | head -c 40; printf '\\377\\377\\377\\377'; cat /dev/zero", new AudioReaderOptions { MaxDuration = TimeSpan.FromSeconds(30) }));
        Assert.Contains("longer than 00:00:30", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_ffmpeg_the_error_says_what_to_do()
    {
        AudioReaderOptions options = new();
        string missing = Assert.Throws<AudioFormatException>(() => FfmpegLocator.Find(options, OpusContainer, $".:{_folder.Path}:")).Message;
        Assert.Equal("Ogg Opus needs ffmpeg, which is not on the PATH: install it (apt-get install ffmpeg), or convert with: ffmpeg -i in.opus -ar 16000 -ac 1 out.wav", missing);
        Assert.Contains("UseFfmpeg is off", Assert.Throws<AudioFormatException>(() => FfmpegLocator.Find(new AudioReaderOptions { UseFfmpeg = false }, OpusContainer, "/usr/bin")).Message, StringComparison.Ordinal);
        Assert.Contains("'/nowhere' is not a program", Assert.Throws<AudioFormatException>(() => FfmpegLocator.Find(new AudioReaderOptions { FfmpegPath = "/nowhere" }, OpusContainer, "")).Message, StringComparison.Ordinal);
        Script("");
        Assert.Equal(_folder.File("ffmpeg"), FfmpegLocator.Find(options, OpusContainer, $"relative:/nowhere:{_folder.Path}"));
        Assert.Contains("cannot be run", Assert.Throws<AudioFormatException>(() => ReadWith(NotAProgram(), new AudioReaderOptions(), TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    private string Hanging => $"sleep 600 & echo $! > '{_folder.Path}/child'; touch '{_folder.Path}/ready'; wait";

    private void AssertChildIsGone()
    {
        if (!File.Exists(_folder.File("child")))
            return; // killed before it could start one
        string child = $"/proc/{File.ReadAllText(_folder.File("child")).Trim()}/stat";
        long start = Stopwatch.GetTimestamp();
        while (File.Exists(child) && !File.ReadAllText(child).Contains(") Z ", StringComparison.Ordinal))
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20), "the child still runs");
    }

    private AudioClip Read(string script, AudioReaderOptions? options = null) =>
        ReadWith(Script(script), options ?? new AudioReaderOptions(), TestContext.Current.CancellationToken);

    private static AudioClip ReadWith(string program, AudioReaderOptions options, CancellationToken cancellationToken)
    {
        using MemoryStream stream = new(Opus);
        return new AudioReader(options with { FfmpegPath = program }).Read(stream, cancellationToken);
    }

    private string Script(string body) => Executable("ffmpeg", "#!/bin/sh\n" + body + "\n");

    private string NotAProgram() => Executable("broken", "#!/nowhere/interpreter\n");

    private string Executable(string name, string content)
    {
        string path = _folder.Write(name, System.Text.Encoding.UTF8.GetBytes(content));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
