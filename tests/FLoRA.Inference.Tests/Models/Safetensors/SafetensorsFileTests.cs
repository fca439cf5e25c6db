using System.Buffers.Binary;
using System.Text;
using FLoRA.Inference.Models.Safetensors;
using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Inference.Tests.Models.Safetensors;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ReadsTensorsOfAllThreeFloatTypes()
    {
        var data = new byte[16];
        BinaryPrimitives.WriteSingleLittleEndian(data, 1.5f);
        BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(4), -0.1f);
        BinaryPrimitives.WriteHalfLittleEndian(data.AsSpan(8), (Half)0.25f);
        BinaryPrimitives.WriteHalfLittleEndian(data.AsSpan(10), Half.NegativeInfinity);
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(12), 0x3F80);
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(14), 0xC049);
        var header = RawSafetensors.Header(
            "\"__metadata__\":{\"format\":\"pt\"}",
            RawSafetensors.Tensor("bf", "BF16", "[2]", 12, 16),
            RawSafetensors.Tensor("f", "F32", "[1,2]", 0, 8),
            RawSafetensors.Tensor("half", "F16", "[2,1]", 8, 12)) + "   ";
        using var file = SafetensorsFile.Open(_folder.Write("a b.safetensors", RawSafetensors.Bytes(Encoding.UTF8.GetBytes(header), data)));

        Assert.Equal(["bf", "f", "half"], file.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([1L, 2L], file.Tensors["f"].Shape);
        Assert.Equal([1.5f, -0.1f], file.ReadFloats(file.Tensors["f"]));
        Assert.Equal([0.25f, float.NegativeInfinity], file.ReadFloats(file.Tensors["half"]));
        Assert.Equal([1f, -3.140625f], file.ReadFloats(file.Tensors["bf"]));

        var bytes = new byte[4];
        file.Read(file.Tensors["f"], 4, bytes);
        Assert.Equal(-0.1f, BinaryPrimitives.ReadSingleLittleEndian(bytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(file.Tensors["f"], 5, new byte[4]));
    }

    [Fact]
    public void ScalarsAndEmptyTensorsAreFine()
    {
        var header = RawSafetensors.Header(
            RawSafetensors.Tensor("empty", "F32", "[0,9223372036854775807,9223372036854775807]", 4, 4),
            RawSafetensors.Tensor("scalar", "F32", "[]", 0, 4));
        using var file = SafetensorsFile.Open(_folder.Write("x", RawSafetensors.Bytes(header, 4)));
        Assert.Equal([0f], file.ReadFloats(file.Tensors["scalar"]));
        Assert.Equal(0, file.Tensors["empty"].ByteLength);
    }

    [Fact]
    public void IntegerTensorsAreListedButNotReadAsFloats()
    {
        using var file = SafetensorsFile.Open(_folder.Write("x", RawSafetensors.Bytes(RawSafetensors.Header(RawSafetensors.Tensor("n", "I64", "[1]", 0, 8)), 8)));
        var error = Assert.Throws<SafetensorsException>(() => file.ReadFloats(file.Tensors["n"]));
        Assert.Contains("'n' has dtype I64; expected F32, F16 or BF16", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FollowsLinksAndRelativePaths()
    {
        var target = _folder.Write("target", RawSafetensors.Bytes(RawSafetensors.Header(RawSafetensors.Tensor("t", "F32", "[1]", 0, 4)), 4));
        File.CreateSymbolicLink(_folder.File("link"), target);
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, _folder.File("link"));
        using var file = SafetensorsFile.Open(relative);
        Assert.Single(file.Tensors);
    }

    [Fact]
    public void AFileThatShrinksWhileOpenIsAnError()
    {
        var path = _folder.Write("x", RawSafetensors.Bytes(RawSafetensors.Header(RawSafetensors.Tensor("t", "F32", "[4]", 0, 16)), 16));
        using var file = SafetensorsFile.Open(path);

        // Another process holds no lock that we know of; a plain truncate is what a re-download does.
        using (var shrink = new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write, Share = FileShare.ReadWrite }))
            shrink.SetLength(shrink.Length - 8);
        var error = Assert.Throws<SafetensorsException>(() => file.ReadFloats(file.Tensors["t"]));
        Assert.Contains("8 bytes early", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ManyThreadsReadAtOnce()
    {
        var data = new byte[4 * 4096];
        for (var i = 0; i < 4096; i++)
            BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(4 * i), i);
        var header = Encoding.UTF8.GetBytes(RawSafetensors.Header(RawSafetensors.Tensor("t", "F32", "[4096]", 0, data.Length)));
        using var file = SafetensorsFile.Open(_folder.Write("x", RawSafetensors.Bytes(header, data)));
        var expected = Enumerable.Range(0, 4096).Select(i => (float)i).ToArray();
        Parallel.For(0, 64, _ => Assert.Equal(expected, file.ReadFloats(file.Tensors["t"])));
    }

    [Theory]
    [InlineData("missing", "cannot be read")]
    [InlineData(".", "cannot be read")]
    [InlineData("a\0b", "cannot be read")]
    public void WhatCannotBeOpenedIsNamed(string name, string telling)
    {
        var error = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(_folder.File(name)));
        Assert.Contains(telling, error.Message, StringComparison.Ordinal);
    }
}
