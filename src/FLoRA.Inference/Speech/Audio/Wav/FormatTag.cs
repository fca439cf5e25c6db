namespace FLoRA.Inference.Speech.Audio.Wav;

/// <summary>The codec number of a fmt chunk.</summary>
internal static class FormatTag
{
    public const int Pcm = 1, Float = 3, ALaw = 6, MuLaw = 7, Extensible = 0xFFFE;

    /// <summary>The number and, where it is a known one, the name.</summary>
    public static string Describe(int tag)
    {
        string? name = tag switch
        {
            0x0002 => "Microsoft ADPCM",
            0x0011 => "IMA ADPCM",
            0x0014 or 0x0040 or 0x0045 or 0x0064 => "G.72x ADPCM",
            0x0016 => "G.723",
            0x0022 => "TrueSpeech",
            0x0031 => "GSM 6.10",
            0x0050 => "MPEG",
            0x0055 => "MP3",
            0x0092 => "AC-3",
            0x00FF or 0x1600 or 0x1610 => "AAC",
            0x0160 or 0x0161 or 0x0162 or 0x0163 => "Windows Media Audio",
            0x2000 => "AC-3",
            0x566F or 0x674F or 0x6750 or 0x6751 or 0x676F or 0x6770 or 0x6771 => "Vorbis",
            0x704F => "Opus",
            0xF1AC => "FLAC",
            _ => null,
        };
        return name is null ? $"format tag 0x{tag:X4}" : $"{name} (format tag 0x{tag:X4})";
    }
}
