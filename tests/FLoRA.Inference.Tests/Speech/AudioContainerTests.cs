using System.Text;
using FLoRA.Inference.Speech.Audio;

namespace FLoRA.Inference.Tests.Speech;

public sealed class AudioContainerTests
{
    public static TheoryData<string, string> Heads => new()
    {
        { "RIFF....WAVEfmt ", "WAV" }, { "RF64....WAVEds64", "WAV" }, { "BW64....WAVEds64", "WAV" }, { "RIFF....AVI LIST", "AVI" }, { "RIF", "" },
        { "fLaC\0\0\0\"", "FLAC" }, { "ID3\u0003\0", "MP3" }, { "\u00FF\u00FB\u0090\0", "MP3" }, { "\u00FF\u00F3\u0040\0", "MP3" }, { "\u00FF\u00E3\u0040\0", "MP3" },
        { "\u00FF\u00FB\u00F0\0", "" }, { "\u00FF\u00FB\u009C\0", "" }, { "\u00FF\u00EB\u0090\0", "" }, { "\u00FF\u00F1\u0050\u0080", "AAC" }, { "\u00FF\u00F9\u0050\u0080", "AAC" },
        { $"OggS{new string('\0', 22)}\u0001\u001e\u0001vorbis", "Ogg Vorbis" }, { $"OggS{new string('\0', 22)}\u0001\u0013OpusHead", "Ogg Opus" },
        { $"OggS{new string('\0', 22)}\u0001\u0013\u007FFLAC", "Ogg FLAC" }, { $"OggS{new string('\0', 22)}\u0001\u0050Speex   ", "Ogg Speex" }, { "OggS", "Ogg" }, { $"OggS{new string('\u00FF', 30)}", "Ogg" },
        { "\0\0\0\u001cftypM4A ", "MP4 or M4A" }, { "\u001A\u0045\u00DF\u00A3\u0001", "WebM or Matroska" }, { "FORM....AIFC", "AIFF" }, { "FORM....8SVX", "" }, { ".snd", "AU" }, { "caff", "CAF" },
        { "riff\u002E\u0091\u00CF\u0011", "Wave64" }, { "RIFX....WAVE", "RIFX (big-endian WAV)" }, { "#!AMR\n", "AMR" }, { "\u0030\u0026\u00B2\u0075\u008E\u0066\u00CF\u0011", "WMA or ASF" }, { "wvpk", "WavPack" },
        { "", "" }, { "#EXTM3U\nfile:///etc/passwd", "" }, { "ffconcat version 1.0", "" }, { "<html>", "" },
    };

    [Theory]
    [MemberData(nameof(Heads))]
    public void The_first_bytes_tell_the_format(string head, string name) => Assert.Equal(name, AudioContainer.Sniff(Encoding.Latin1.GetBytes(head))?.Name ?? "");
}
