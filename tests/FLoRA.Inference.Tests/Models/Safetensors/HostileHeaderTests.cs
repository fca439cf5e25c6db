using System.Buffers.Binary;
using FLoRA.Inference.Models.Safetensors;
using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Inference.Tests.Models.Safetensors;

public sealed class HostileHeaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("[]", 0, "must begin with '{'")]
    [InlineData(" {}", 0, "must begin with '{'")]
    [InlineData("", 0, "must begin with '{'")]
    [InlineData("{", 0, "not valid JSON")]
    [InlineData("{} x", 0, "not valid JSON")]
    [InlineData("{}{}", 0, "not valid JSON")]
    [InlineData("{/**/}", 0, "not valid JSON")]
    [InlineData("{\"a\":null}", 0, "tensor 'a': expected a JSON object with dtype, shape and data_offsets, got Null")]
    [InlineData("{\"\\ud800\":null}", 0, "not valid Unicode")]
    [InlineData("{\"__metadata__\":{\"a\":1}}", 0, "__metadata__: expected a string for the key 'a', got '1'")]
    [InlineData("{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", 0, "__metadata__ has the key 'a' twice")]
    [InlineData("{\"__metadata__\":[]}", 0, "expected a JSON object of strings")]
    [InlineData("{\"__metadata__\":{}}", 3, "bytes after the last tensor")]
    [InlineData("{\"a\":{}}", 0, "tensor 'a': dtype is missing")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}", 0, "tensor 'a': data_offsets is missing")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", 0, "tensor 'a': 'dtype' is given twice")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"extra\":1}}", 0, "tensor 'a': unknown field 'extra'")]
    [InlineData("{\"a\":{\"dtype\":3}}", 0, "tensor 'a': expected a string for dtype, got '3'")]
    [InlineData("{\"a\":{\"dtype\":\"F33\"}}", 0, "tensor 'a': unknown dtype 'F33'")]
    [InlineData("{\"a\":{\"shape\":7}}", 0, "expected an array of non-negative integers for shape, got '7'")]
    [InlineData("{\"a\":{\"shape\":[1.5]}}", 0, "got '1.5'")]
    [InlineData("{\"a\":{\"shape\":[1e3]}}", 0, "got '1e3'")]
    [InlineData("{\"a\":{\"shape\":[-1]}}", 0, "got '-1'")]
    [InlineData("{\"a\":{\"shape\":[9223372036854775808]}}", 0, "got '9223372036854775808'")]
    [InlineData("{\"a\":{\"shape\":[[1]]}}", 0, "got StartArray")]
    public void RefusedWithTheReason(string header, int dataBytes, string telling) => Refused(RawSafetensors.Bytes(header, dataBytes), telling);

    [Theory]
    [InlineData("F32", "[1]", "[0]", 4, "data_offsets must be [begin, end], got 1 numbers")]
    [InlineData("F32", "[1]", "[0,4,8]", 4, "got 3 numbers")]
    [InlineData("F32", "[1]", "[4,0]", 4, "end before they begin")]
    [InlineData("F32", "[1]", "[0,4]", 3, "beyond the end of the file")]
    [InlineData("F32", "[1]", "[0,9223372036854775807]", 4, "beyond the end of the file")]
    [InlineData("F32", "[2]", "[0,4]", 4, "shape [2] of F32 needs 8 bytes, but data_offsets [0, 4] span 4")]
    [InlineData("F16", "[1]", "[0,4]", 4, "shape [1] of F16 needs 2 bytes, but data_offsets [0, 4] span 4")]
    [InlineData("F32", "[4611686018427387904,4]", "[0,0]", 0, "below 2^63")]
    [InlineData("F32", "[4294967296,4294967296,4294967296,4294967296]", "[0,0]", 0, "below 2^63")]
    [InlineData("F4", "[3]", "[0,2]", 2, "whole number of bytes")]
    [InlineData("F32", "[1]", "[4,8]", 8, "leave a gap")]
    [InlineData("F32", "[1]", "[0,4]", 8, "bytes after the last tensor")]
    public void SpansAreChecked(string dtype, string shape, string offsets, int dataBytes, string telling) =>
        Refused(RawSafetensors.Bytes($"{{\"a\":{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":{offsets}}}}}", dataBytes), telling, "tensor");

    [Fact]
    public void OverlapIsRefused() => Refused(
        RawSafetensors.Bytes(RawSafetensors.Header(RawSafetensors.Tensor("a", "F32", "[2]", 0, 8), RawSafetensors.Tensor("b", "F32", "[2]", 4, 12)), 12),
        "tensor 'b': data_offsets begin at 4 and overlap tensor 'a', which ends at 8");

    [Fact]
    public void AKeyGivenTwiceIsRefused() => Refused(
        RawSafetensors.Bytes(RawSafetensors.Header(RawSafetensors.Tensor("a", "F32", "[1]", 0, 4), RawSafetensors.Tensor("\\u0061", "F32", "[1]", 4, 8)), 8),
        "the header has the key 'a' twice");

    [Fact]
    public void DeepNestingIsRefused() => Refused(
        RawSafetensors.Bytes("{\"a\":" + string.Concat(Enumerable.Repeat("{\"a\":", 100_000)), 0), "expected");

    [Fact]
    public void BrokenUtf8IsRefused() => Refused(RawSafetensors.Bytes([(byte)'{', (byte)'"', 0xC3, (byte)'"', (byte)'}'], []), "not valid UTF-8");

    [Theory]
    [InlineData(ulong.MaxValue, "above the limit")]
    [InlineData(100_000_001ul, "above the limit")]
    [InlineData(100_000_000ul, "larger than the file")]
    [InlineData(3ul, "larger than the file")]
    public void TheHeaderLengthIsChecked(ulong headerLength, string telling)
    {
        var bytes = new byte[10];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, headerLength);
        Refused(bytes, telling);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void AFileWithoutALengthIsRefused(int bytes) => Refused(new byte[bytes], $"the file has {bytes} bytes");

    private void Refused(byte[] bytes, params string[] telling)
    {
        var error = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(_folder.Write("hostile.safetensors", bytes)));
        Assert.Contains("hostile.safetensors", error.Message, StringComparison.Ordinal);
        Assert.All(telling, word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
    }
}
