using System.Text;
using FLoRA.Inference.Models.Safetensors;
using FLoRA.Inference.Tests.TestSupport;
using FsCheck;
using FsCheck.Fluent;

namespace FLoRA.Inference.Tests.Models.Safetensors;

/// <summary>Whatever the bytes: the file opens and every tensor can be read, or SafetensorsException; and no allocation beyond the file's own size.</summary>
public sealed class SafetensorsFuzzTests : IDisposable
{
    private const long AllocationAllowedBytes = 4 << 20;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Text that a corrupted header is likely to trip over.</summary>
    private static readonly string[] Splices =
    [
        "\"", "{", "}", "[", "]", ",", ":", "-", "0", "9", "1e9", "99999999999999999999", "9223372036854775807", "null", "\\ud800", "\\u0000", "BF16", "F64",
        "\"shape\":[0]", "\"data_offsets\":[0,0]", "__metadata__", " ", "\u00e9",
    ];

    private enum Change { Flip, Truncate, Append, Splice, Delete, Length }

    private sealed record Edit(Change Change, int Position, int Value);

    private static Gen<Edit[]> Edits() =>
        (from change in Gen.Elements(Enum.GetValues<Change>())
         from position in Gen.Choose(0, int.MaxValue)
         from value in Gen.Choose(0, int.MaxValue)
         select new Edit(change, position, value)).ArrayOf().Where(edits => edits.Length is > 0 and < 4);

    [Fact]
    public void CorruptionNeverYieldsAnythingElse()
    {
        var opened = 0;
        var refused = 0;
        var property = Prop.ForAll(Arb.From(Edits()), edits =>
        {
            if (OpensOrIsRefused(Apply(Valid(), edits)))
                opened++;
            else
                refused++;
        });
        property.Check(Config.QuickThrowOnFailure.WithMaxTest(3000).WithReplay(20260901UL, 1UL).WithQuietOnSuccess(true));

        // Both outcomes occur, so the property says something about each.
        Assert.True(opened > 20 && refused > 1000, $"opened {opened}, refused {refused}");
    }

    [Fact]
    public void RandomBytesNeverYieldAnythingElse()
    {
        var random = new System.Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var bytes = new byte[random.Next(64)];
            random.NextBytes(bytes);
            if (bytes.Length >= 8)
                bytes.AsSpan(1, 7).Clear();
            Assert.False(OpensOrIsRefused(bytes) && bytes.Length < 10);
        }
    }

    private bool OpensOrIsRefused(byte[] bytes)
    {
        var path = _folder.Write("fuzz", bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        bool opened;
        try
        {
            using var file = SafetensorsFile.Open(path);
            foreach (var entry in file.Tensors.Values.Where(e => e.DType.IsSupportedFloat()))
                Assert.Equal(entry.ElementCount, file.ReadFloats(entry).Length);
            opened = true;
        }
        catch (SafetensorsException)
        {
            opened = false;
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocationAllowedBytes);
        return opened;
    }

    private static byte[] Valid() => RawSafetensors.Bytes(
        RawSafetensors.Header(
            "\"__metadata__\":{\"format\":\"pt\"}",
            RawSafetensors.Tensor("base.a", "F32", "[2,3]", 0, 24),
            RawSafetensors.Tensor("base.b", "F16", "[4]", 24, 32),
            RawSafetensors.Tensor("base.c", "BF16", "[1,1,2]", 32, 36)),
        36);

    private static byte[] Apply(byte[] file, Edit[] edits)
    {
        foreach (var edit in edits)
        {
            if (file.Length == 0)
                break;
            var at = edit.Position % file.Length;
            file = edit.Change switch
            {
                Change.Flip => Flip(file, at, edit.Value),
                Change.Truncate => file[..at],
                Change.Append => [.. file, .. new byte[edit.Value % 16]],
                Change.Splice => [.. file[..at], .. Encoding.UTF8.GetBytes(Splices[edit.Value % Splices.Length]), .. file[at..]],
                Change.Delete => [.. file[..at], .. file[Math.Min(file.Length, at + 1 + (edit.Value % 8))..]],
                _ => Flip(file, Math.Min(at % 3, file.Length - 1), edit.Value),
            };
        }

        return file;
    }

    private static byte[] Flip(byte[] file, int at, int value)
    {
        file[at] ^= (byte)(value % 255 + 1);
        return file;
    }
}
