namespace FLoRA.Inference.Speech.Audio.Wav;

/// <summary>How one sample is stored.</summary>
internal enum WavEncoding
{
    Unsigned8,
    Signed16,
    Signed24,
    Signed32,
    Float32,
    Float64,
    ALaw,
    MuLaw,
}
