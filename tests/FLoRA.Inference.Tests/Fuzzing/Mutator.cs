using System.Text;

namespace FLoRA.Inference.Tests.Fuzzing;

/// <summary>Damages a good file in a few random places. The same seed gives the same damage.</summary>
/// <param name="seed">Committed with the test.</param>
/// <param name="words">What is put in now and then: words of the format, numbers at the edges.</param>
internal sealed class Mutator(int seed, params string[] words)
{
    private const int MostEdits = 4, MostBytes = 64;

    private readonly Random _random = new(seed);
    private readonly byte[][] _words = [.. words.Select(Encoding.UTF8.GetBytes), [], [0], [0xFF], [0x80, 0x80, 0x80, 0x80, 0x10]];

    /// <summary>A damaged copy.</summary>
    public byte[] Damage(byte[] file)
    {
        List<byte> bytes = [.. file];
        for (int edits = _random.Next(1, MostEdits + 1); edits > 0 && bytes.Count > 0; edits--)
            Edit(bytes);
        return [.. bytes];
    }

    private void Edit(List<byte> bytes)
    {
        int at = _random.Next(bytes.Count), length = Math.Min(_random.Next(1, MostBytes), bytes.Count - at);
        switch (_random.Next(7))
        {
            case 0:
                bytes[at] = (byte)_random.Next(256);
                break;
            case 1:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.InsertRange(_random.Next(bytes.Count), bytes.GetRange(at, length));
                break;
            case 4:
                bytes.InsertRange(at, _words[_random.Next(_words.Length)]);
                break;
            case 5:
                bytes.RemoveRange(at, Math.Min(length, 4));
                bytes.InsertRange(at, _words[_random.Next(_words.Length)]);
                break;
            default:
                if (_random.Next(8) == 0)
                    bytes.RemoveRange(at, bytes.Count - at);
                break;
        }
    }
}
