namespace FLoRA.Inference.Models.Safetensors;

/// <summary>Compares what a header says with the file: sizes, bounds, and that the data is covered exactly, without hole or overlap.</summary>
internal static class HeaderChecks
{
    private const int BitsPerByte = 8;

    /// <summary>One tensor whose span lies in the file and has the size of its shape.</summary>
    /// <param name="name">Tensor name.</param>
    /// <param name="dtype">Element type.</param>
    /// <param name="shape">Non-negative dimensions.</param>
    /// <param name="offsets">[begin, end) in the data, non-negative.</param>
    /// <param name="dataStart">Offset of the first data byte in the file.</param>
    /// <param name="dataLength">Bytes of tensor data in the file.</param>
    public static TensorEntry Entry(
        string name, SafetensorsDType dtype, IReadOnlyList<long> shape, IReadOnlyList<long> offsets, long dataStart, long dataLength)
    {
        if (offsets.Count != 2)
            throw new SafetensorsException($"tensor '{name}': data_offsets must be [begin, end], got {offsets.Count} numbers");
        var (begin, end) = (offsets[0], offsets[1]);
        if (end < begin)
            throw new SafetensorsException($"tensor '{name}': data_offsets [{begin}, {end}] end before they begin");
        if (end > dataLength)
        {
            throw new SafetensorsException(
                $"tensor '{name}': data_offsets [{begin}, {end}] lie beyond the end of the file, which has {dataLength} bytes of data (is the file truncated?)");
        }

        var shapeText = $"[{string.Join(", ", shape.Take(8))}{(shape.Count > 8 ? ", ..." : "")}]";
        var byteLength = ByteLength(dtype, shape) ??
            throw new SafetensorsException($"tensor '{name}': shape {shapeText} of {dtype} is not a whole number of bytes below 2^63");
        if (byteLength != end - begin)
        {
            throw new SafetensorsException(
                $"tensor '{name}': shape {shapeText} of {dtype} needs {byteLength} bytes, but data_offsets [{begin}, {end}] span {end - begin}");
        }

        return new TensorEntry(name, dtype, shape, dataStart + begin, byteLength);
    }

    /// <summary>Checks that <paramref name="entries"/> tile [<paramref name="dataStart"/>, <paramref name="dataStart"/> + <paramref name="dataLength"/>) exactly.</summary>
    public static void Coverage(IReadOnlyList<TensorEntry> entries, long dataStart, long dataLength)
    {
        var covered = dataStart;
        TensorEntry? previous = null;
        foreach (var entry in entries.OrderBy(e => e.ByteOffset).ThenBy(e => e.ByteLength))
        {
            if (entry.ByteOffset < covered)
            {
                throw new SafetensorsException(
                    $"tensor '{entry.Name}': data_offsets begin at {entry.ByteOffset - dataStart} and overlap tensor '{previous!.Name}', which ends at {covered - dataStart}");
            }

            if (entry.ByteOffset > covered)
            {
                throw new SafetensorsException(
                    $"tensor '{entry.Name}': data_offsets begin at {entry.ByteOffset - dataStart} and leave a gap: the data before it ends at {covered - dataStart}");
            }

            covered += entry.ByteLength;
            previous = entry;
        }

        if (covered != dataStart + dataLength)
            throw new SafetensorsException($"the tensors cover {covered - dataStart} bytes of data, but the file has {dataLength}: bytes after the last tensor");
    }

    private static long? ByteLength(SafetensorsDType dtype, IReadOnlyList<long> shape)
    {
        // A dimension of 0 makes the tensor empty, whatever the others are.
        if (shape.Contains(0))
            return 0;
        Int128 bits = dtype.BitsPerElement();
        foreach (var dimension in shape)
        {
            // Both factors are below 2^67 here, so the product cannot overflow 128 bits.
            bits *= dimension;
            if (bits > (Int128)long.MaxValue * BitsPerByte)
                return null;
        }

        return bits % BitsPerByte == 0 ? (long)(bits / BitsPerByte) : null;
    }
}
