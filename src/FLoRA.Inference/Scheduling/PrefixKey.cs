using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace FLoRA.Inference.Scheduling;

/// <summary>
/// SHA-256 over all that the keys and values of a block depend on: what computes them, and every token up to the block's end with the form that it is computed in. Equal keys stand for
/// equal blocks; the tokens are compared nevertheless.
/// </summary>
internal readonly record struct PrefixKey(ulong A, ulong B, ulong C, ulong D)
{
    private const int Bytes = 32;
    private const int MostTokensOnStack = 256;

    /// <summary>In front of the first block.</summary>
    /// <param name="adapterContent">The adapter's content hash, so that a name that was given to another content finds nothing; null: the base model.</param>
    public static PrefixKey Root(string? adapterContent)
    {
        Span<byte> hash = stackalloc byte[Bytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(adapterContent is null ? "base" : $"adapter {adapterContent}"), hash);
        return Read(hash);
    }

    /// <summary>The key of a block whose predecessor has this one.</summary>
    /// <param name="tokens">All tokens of the block.</param>
    /// <param name="formedTokens">The first so many of them are multiplied by formed weights, the others have rows (<see cref="Sequence.FormsPrompt"/>).</param>
    public PrefixKey Next(ReadOnlySpan<int> tokens, int formedTokens)
    {
        int length = Bytes + sizeof(int) + (tokens.Length * sizeof(int));
        Span<byte> text = tokens.Length <= MostTokensOnStack ? stackalloc byte[length] : new byte[length];
        Span<byte> hash = stackalloc byte[Bytes];
        BinaryPrimitives.WriteUInt64LittleEndian(text, A);
        BinaryPrimitives.WriteUInt64LittleEndian(text[8..], B);
        BinaryPrimitives.WriteUInt64LittleEndian(text[16..], C);
        BinaryPrimitives.WriteUInt64LittleEndian(text[24..], D);
        BinaryPrimitives.WriteInt32LittleEndian(text[Bytes..], formedTokens);
        MemoryMarshal.AsBytes(tokens).CopyTo(text[(Bytes + sizeof(int))..]); // never leaves the process: the order of bytes is the machine's
        SHA256.HashData(text, hash);
        return Read(hash);
    }

    private static PrefixKey Read(ReadOnlySpan<byte> hash) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(hash),
        BinaryPrimitives.ReadUInt64LittleEndian(hash[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(hash[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(hash[24..]));
}
