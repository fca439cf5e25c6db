using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FLoRA.Inference.Models.Safetensors;

/// <summary>
/// An open safetensors file whose header was checked whole: 8 bytes little-endian header length, JSON header, tensor data.
/// Reads are positioned (pread), so any number of threads may read at once.
/// </summary>
internal sealed class SafetensorsFile : IDisposable
{
    private const int LengthPrefixBytes = 8;

    /// <summary>Largest header that is read; the same bound as in the reference implementation.</summary>
    private const long MaxHeaderBytes = 100_000_000;

    private readonly SafeFileHandle _handle;

    private SafetensorsFile(string path, SafeFileHandle handle, IReadOnlyDictionary<string, TensorEntry> tensors)
    {
        Path = path;
        _handle = handle;
        Tensors = tensors;
    }

    /// <summary>The path as given.</summary>
    public string Path { get; }

    /// <summary>Every tensor of the file by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>Opens <paramref name="path"/> (links are followed) and checks its header.</summary>
    /// <exception cref="SafetensorsException">The file cannot be opened, or is not a valid safetensors file.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            var file = new SafetensorsFile(path, handle, ReadHeader(handle));
            handle = null;
            return file;
        }
        catch (SafetensorsException e)
        {
            throw new SafetensorsException($"'{path}': {e.Message}", e.InnerException);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new SafetensorsException($"'{path}' cannot be read: {e.Message}", e);
        }
        finally
        {
            handle?.Dispose();
        }
    }

    /// <summary>Fills <paramref name="destination"/> with the tensor's bytes from <paramref name="byteOffset"/> (within the tensor) on.</summary>
    /// <exception cref="SafetensorsException">The file has become shorter since it was opened, or cannot be read.</exception>
    public void Read(TensorEntry entry, long byteOffset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(byteOffset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, entry.ByteLength - byteOffset, nameof(destination));
        try
        {
            ReadExactly(_handle, entry.ByteOffset + byteOffset, destination);
        }
        catch (IOException e)
        {
            throw new SafetensorsException($"'{Path}': tensor '{entry.Name}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The whole tensor, row-major, widened to float32.</summary>
    /// <exception cref="SafetensorsException">The dtype is not F32, F16 or BF16, or the tensor is too large for an array.</exception>
    public float[] ReadFloats(TensorEntry entry)
    {
        if (!entry.DType.IsSupportedFloat())
            throw new SafetensorsException($"'{Path}': tensor '{entry.Name}' has dtype {entry.DType}; expected F32, F16 or BF16");
        if (entry.ElementCount > Array.MaxLength)
            throw new SafetensorsException($"'{Path}': tensor '{entry.Name}' {entry.ShapeText} has more than {Array.MaxLength} elements");
        var values = new float[entry.ElementCount];
        if (entry.DType == SafetensorsDType.F32)
        {
            ReadInParts(entry, MemoryMarshal.Cast<float, byte>, values);
            return values;
        }

        var halves = new ushort[values.Length];
        ReadInParts(entry, MemoryMarshal.Cast<ushort, byte>, halves);
        if (entry.DType == SafetensorsDType.BF16)
        {
            for (var i = 0; i < values.Length; i++)
                values[i] = BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
        }
        else
        {
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)BitConverter.UInt16BitsToHalf(halves[i]);
        }

        return values;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    private delegate Span<byte> AsBytes<T>(Span<T> elements);

    /// <summary>A span counts bytes in an int, so a long tensor is read in parts.</summary>
    private void ReadInParts<T>(TensorEntry entry, AsBytes<T> asBytes, T[] elements)
        where T : unmanaged
    {
        const int partElements = 1 << 24;
        var width = Marshal.SizeOf<T>();
        for (var start = 0; start < elements.Length; start += partElements)
        {
            var part = elements.AsSpan(start, Math.Min(partElements, elements.Length - start));
            Read(entry, (long)start * width, asBytes(part));
        }
    }

    private static Dictionary<string, TensorEntry> ReadHeader(SafeFileHandle handle)
    {
        var fileLength = RandomAccess.GetLength(handle);
        if (fileLength < LengthPrefixBytes)
            throw new SafetensorsException($"the file has {fileLength} bytes; a safetensors file has at least {LengthPrefixBytes} (is it truncated?)");
        Span<byte> prefix = stackalloc byte[LengthPrefixBytes];
        ReadExactly(handle, 0, prefix);
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > MaxHeaderBytes)
            throw new SafetensorsException($"the header length {headerLength} is above the limit of {MaxHeaderBytes} bytes");
        if ((long)headerLength > fileLength - LengthPrefixBytes)
        {
            throw new SafetensorsException(
                $"the header length {headerLength} is larger than the file, which has {fileLength - LengthPrefixBytes} bytes after it (is it truncated?)");
        }

        var header = new byte[headerLength];
        ReadExactly(handle, LengthPrefixBytes, header);
        var dataStart = LengthPrefixBytes + (long)headerLength;
        var entries = HeaderReader.Read(header, dataStart, fileLength - dataStart);
        HeaderChecks.Coverage(entries, dataStart, fileLength - dataStart);
        return entries.ToDictionary(e => e.Name, StringComparer.Ordinal);
    }

    private static void ReadExactly(SafeFileHandle handle, long fileOffset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var count = RandomAccess.Read(handle, destination, fileOffset);
            if (count == 0)
                throw new SafetensorsException($"the file ends at byte {fileOffset}, {destination.Length} bytes early");
            destination = destination[count..];
            fileOffset += count;
        }
    }
}
