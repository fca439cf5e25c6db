using FLoRA.Inference.Speech.Audio;

namespace FLoRA.Inference.Tests.Speech;

/// <summary>Whatever the bytes: a clip of finite samples or <see cref="AudioFormatException"/>, and memory in proportion to the file.</summary>
public sealed class WavFuzzTests
{
    private const int Files = 50_000;

    // A byte at the lowest rate becomes 8 floats.
    private const int FixedBytes = 8_000, BytesPerByte = 40;

    // Of all files together: buffers are rented, so the first file of a kind makes them and the others find them.
    private const long RentedBytes = 8 << 20;

    [Fact]
    public void Fifty_thousand_damaged_files_never_yield_anything_else()
    {
        Random random = new(20261126);
        byte[][] seeds = [.. Seeds(random)];
        int read = 0, refused = 0;
        long excessBytes = 0;
        for (int file = 0; file < Files; file++)
        {
            byte[] bytes = Damage(seeds[random.Next(seeds.Length)], random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                AudioClip clip = WavFormatTests.Read(bytes);
                foreach (float sample in clip.Samples.Span)
                {
                    if (!float.IsFinite(sample))
                        Assert.Fail($"file {file}: {sample}");
                }

                read++;
            }
            catch (AudioFormatException)
            {
                refused++;
            }

            excessBytes += Math.Max(0, GC.GetAllocatedBytesForCurrentThread() - before - FixedBytes - BytesPerByte * bytes.Length);
        }

        Assert.InRange(excessBytes, 0, RentedBytes);

        // Both outcomes occur, so the property says something about each.
        Assert.True(read > 5000 && refused > 5000, $"read {read}, refused {refused}");
    }

    private static IEnumerable<byte[]> Seeds(Random random)
    {
        foreach ((int tag, int bits) in ((int, int)[])[(1, 8), (1, 16), (1, 24), (1, 32), (3, 32), (3, 64), (6, 8), (7, 8)])
        {
            foreach (uint rate in (uint[])[2000, 8000, 16_000, 44_100, 44_101, 384_000])
            {
                byte[] data = new byte[random.Next(300)];
                random.NextBytes(data);
                yield return new WavFile
                {
                    Tag = tag, Bits = bits, Channels = random.Next(1, 4), SampleRate = rate, IsExtensible = random.Next(2) == 0, Data = data,
                    Between = random.Next(2) == 0 ? [] : [("LIST", new byte[random.Next(20)])],
                }.Bytes();
            }
        }
    }

    private static byte[] Damage(byte[] seed, Random random)
    {
        byte[] bytes = [.. seed];
        for (int change = random.Next(1, 4); change > 0 && bytes.Length > 0; change--)
        {
            // Mostly in the header, where it matters.
            int at = random.Next(random.Next(3) == 0 ? bytes.Length : Math.Min(bytes.Length, 64));
            switch (random.Next(5))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes = bytes[..at]; break;
                case 3: bytes = [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(1, 9))..]]; break;
                default: bytes.AsSpan(at, Math.Min(4, bytes.Length - at)).Fill(random.Next(2) == 0 ? (byte)0xFF : (byte)0); break;
            }
        }

        return bytes;
    }
}
