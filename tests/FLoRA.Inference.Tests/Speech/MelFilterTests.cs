using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using FLoRA.Inference.Speech.Audio.Mel;
using FLoRA.TestData;

namespace FLoRA.Inference.Tests.Speech;

public sealed class MelFilterTests
{
    [Theory]
    [InlineData(80)]
    [InlineData(128)]
    public void Equal_those_that_whisper_ships(int melCount)
    {
        using ZipArchive archive = ZipFile.OpenRead(RepositoryData.ThirdParty("audio", "mel_filters.npz"));
        float[] shipped = Values(archive.GetEntry($"mel_{melCount}.npy")!);
        MelFilters filters = new(melCount);
        Assert.Equal(melCount * FrameSpectrum.BinCount, shipped.Length);
        for (int mel = 0; mel < melCount; mel++)
        {
            for (int bin = 0; bin < FrameSpectrum.BinCount; bin++)
                Assert.InRange(Weight(filters, mel, bin) - shipped[mel * FrameSpectrum.BinCount + bin], -1e-8, 1e-8);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(80)]
    [InlineData(200)]
    public void Every_bin_keeps_within_the_spectrum(int melCount)
    {
        MelFilters filters = new(melCount);
        for (int mel = 0; mel < melCount; mel++)
        {
            Assert.InRange(filters.FirstBin(mel), 0, FrameSpectrum.BinCount - filters.Weights(mel).Length);
            foreach (float weight in filters.Weights(mel))
                Assert.InRange(weight, 0, 1);
        }
    }

    private static float Weight(MelFilters filters, int mel, int bin)
    {
        int at = bin - filters.FirstBin(mel);
        return at >= 0 && at < filters.Weights(mel).Length ? filters.Weights(mel)[at] : 0;
    }

    /// <summary>NumPy's format: magic and version (8 bytes), the header's length (2), the header, the values.</summary>
    private static float[] Values(ZipArchiveEntry entry)
    {
        using MemoryStream bytes = new();
        using (Stream packed = entry.Open())
            packed.CopyTo(bytes);
        ReadOnlySpan<byte> all = bytes.ToArray();
        return MemoryMarshal.Cast<byte, float>(all[(10 + BinaryPrimitives.ReadUInt16LittleEndian(all[8..]))..]).ToArray();
    }
}
