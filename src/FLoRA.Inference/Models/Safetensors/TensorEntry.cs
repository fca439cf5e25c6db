namespace FLoRA.Inference.Models.Safetensors;

/// <summary>One tensor of a safetensors file; every field was checked against the file.</summary>
/// <param name="Name">Name in the header.</param>
/// <param name="DType">Element type.</param>
/// <param name="Shape">Row-major shape; empty for a scalar, a dimension may be 0.</param>
/// <param name="ByteOffset">Offset of the first byte from the start of the file.</param>
/// <param name="ByteLength">Length in bytes: product of the shape times the element's width.</param>
internal sealed record TensorEntry(string Name, SafetensorsDType DType, IReadOnlyList<long> Shape, long ByteOffset, long ByteLength)
{
    /// <summary>Number of elements.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, dimension) => product * dimension);

    /// <summary>Shape for messages: <c>[2, 48]</c>.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}
