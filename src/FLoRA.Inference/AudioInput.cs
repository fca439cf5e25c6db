using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace FLoRA.Inference;

/// <summary>One window of a recording as a speech model's encoder takes it. Not to be changed once it is given to a request.</summary>
/// <param name="logMel">Log-mel spectrogram, row-major [mel bins, frames], finite.</param>
/// <param name="melBins">Bins.</param>
/// <param name="frames">Frames: the model's whole window.</param>
public sealed class AudioInput(float[] logMel, int melBins, int frames)
{
    private readonly Lazy<string> _contentHash = new(() => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<float>(logMel))));

    /// <summary>Row-major [mel bins, frames].</summary>
    public float[] LogMel { get; } = logMel;

    /// <summary>Bins.</summary>
    public int MelBins { get; } = melBins;

    /// <summary>Frames.</summary>
    public int Frames { get; } = frames;

    /// <summary>SHA-256 over the numbers: equal audio under one adapter is encoded once.</summary>
    internal string ContentHash => _contentHash.Value;
}
