namespace FLoRA.Inference.Models.Safetensors;

/// <summary>Names and widths of <see cref="SafetensorsDType"/>.</summary>
internal static class SafetensorsDTypes
{
    /// <summary>The type that a header calls <paramref name="name"/>; false where the format has none of that name.</summary>
    public static bool TryParse(string name, out SafetensorsDType dtype)
    {
        SafetensorsDType? found = name switch
        {
            "F32" => SafetensorsDType.F32,
            "F16" => SafetensorsDType.F16,
            "BF16" => SafetensorsDType.BF16,
            "F64" => SafetensorsDType.F64,
            "BOOL" => SafetensorsDType.Bool,
            "U8" => SafetensorsDType.U8,
            "I8" => SafetensorsDType.I8,
            "U16" => SafetensorsDType.U16,
            "I16" => SafetensorsDType.I16,
            "U32" => SafetensorsDType.U32,
            "I32" => SafetensorsDType.I32,
            "U64" => SafetensorsDType.U64,
            "I64" => SafetensorsDType.I64,
            "C64" => SafetensorsDType.C64,
            "F8_E5M2" => SafetensorsDType.F8E5M2,
            "F8_E4M3" => SafetensorsDType.F8E4M3,
            "F8_E5M2FNUZ" => SafetensorsDType.F8E5M2Fnuz,
            "F8_E4M3FNUZ" => SafetensorsDType.F8E4M3Fnuz,
            "F8_E8M0" => SafetensorsDType.F8E8M0,
            "F6_E2M3" => SafetensorsDType.F6E2M3,
            "F6_E3M2" => SafetensorsDType.F6E3M2,
            "F4" => SafetensorsDType.F4,
            _ => null,
        };
        dtype = found ?? default;
        return found is not null;
    }

    /// <summary>Bits of one element.</summary>
    public static int BitsPerElement(this SafetensorsDType dtype) => dtype switch
    {
        SafetensorsDType.F4 => 4,
        SafetensorsDType.F6E2M3 or SafetensorsDType.F6E3M2 => 6,
        SafetensorsDType.F16 or SafetensorsDType.BF16 or SafetensorsDType.U16 or SafetensorsDType.I16 => 16,
        SafetensorsDType.F32 or SafetensorsDType.U32 or SafetensorsDType.I32 => 32,
        SafetensorsDType.F64 or SafetensorsDType.U64 or SafetensorsDType.I64 or SafetensorsDType.C64 => 64,
        _ => 8,
    };

    /// <summary>Whether elements widen to float32 without loss: F32, F16, BF16.</summary>
    public static bool IsSupportedFloat(this SafetensorsDType dtype) =>
        dtype is SafetensorsDType.F32 or SafetensorsDType.F16 or SafetensorsDType.BF16;
}
