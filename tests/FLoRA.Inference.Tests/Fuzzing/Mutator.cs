using System.Text;

namespace FLoRA.Inference.Tests.Fuzzing;

/// <summary>Damages a file in a few random places, whatever its form. The same random numbers give the same damage.</summary>
/// <param name="words">What is put in now and then: words of the format, numbers at the edges.</param>
internal sealed class Mutator(params string[] words) : IMutator
{
    private const int MostEdits = 4, MostBytes = 64;

    private readonly byte[][] _words = [.. words.Select(Encoding.UTF8.GetBytes), [], [0], [0xFF], [0x80, 0x80, 0x80, 0x80, 0x10]];

    /// <inheritdoc/>
    public byte[] Damage(byte[] file, Random random)
    {
        List<byte> bytes = [.. file];
        for (int edits = random.Next(1, MostEdits + 1); edits > 0 && bytes.Count > 0; edits--)
            Edit(bytes, random);
        return [.. bytes];
    }

    private void Edit(List<byte> bytes, Random random)
    {
        int at = random.Next(bytes.Count), length = Math.Min(random.Next(1, MostBytes), bytes.Count - at);
        switch (random.Next(7))
        {
            case 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                break;
            case 4:
                bytes.InsertRange(at, _words[random.Next(_words.Length)]);
                break;
            case 5:
                bytes.RemoveRange(at, Math.Min(length, 4));
                bytes.InsertRange(at, _words[random.Next(_words.Length)]);
                break;
            default:
                if (random.Next(8) == 0)
                    bytes.RemoveRange(at, bytes.Count - at);
                break;
        }
    }
}
