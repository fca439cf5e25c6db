using System.Buffers.Binary;
using System.Text;

namespace FLoRA.Inference.Native;

/// <summary>
/// Changes one entry of the version-needs section of a 64-bit little-endian ELF library
/// (System V gABI, "Program Header" and "Dynamic Section"; LSB 5.0, section 10.7 "Symbol Versioning").
/// The bytes are hostile until proven otherwise: every offset is checked before use.
/// </summary>
internal static class ElfVersionNeed
{
    private const int ProgramHeaderBytes = 56;
    private const int DynamicEntryBytes = 16;
    private const int NeedBytes = 16;
    private const uint LoadSegment = 1;
    private const uint DynamicSegment = 2;
    private const long StringTableTag = 5;
    private const long StringTableBytesTag = 10;
    private const long NeedTag = 0x6ffffffe;
    private const long NeedCountTag = 0x6fffffff;
    private const int MaxEntries = 4096;

    /// <summary>
    /// A copy of <paramref name="library"/> in which the need for <paramref name="from"/> has become one for
    /// <paramref name="to"/>, a version that it already needs from the same file, so that no string is added.
    /// </summary>
    /// <exception cref="InvalidDataException">Not such a library, truncated, or one of the two versions is not there exactly once.</exception>
    public static byte[] Replace(ReadOnlySpan<byte> library, string from, string to)
    {
        var needs = ReadNeeds(library);
        var source = Single(needs, from);
        var target = Single(needs, to);
        if (source.FileName != target.FileName)
            throw Bad($"{from} and {to} are needed from different files, '{source.FileName}' and '{target.FileName}'");
        if (target.Hash != Hash(to))
            throw Bad($"the hash of {to} is {target.Hash:x8}, expected {Hash(to):x8}");
        var copy = library.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(copy.AsSpan(source.EntryOffset), target.Hash);
        BinaryPrimitives.WriteUInt32LittleEndian(copy.AsSpan(source.EntryOffset + 8), target.NameOffset);
        return copy;
    }

    /// <summary>Names of all versions needed, in the order of the file.</summary>
    public static IReadOnlyList<string> Versions(ReadOnlySpan<byte> library) => [.. ReadNeeds(library).Select(need => need.Version)];

    /// <summary>The System V hash of a symbol or version name.</summary>
    public static uint Hash(string name)
    {
        var hash = 0u;
        foreach (var letter in Encoding.ASCII.GetBytes(name))
        {
            hash = (hash << 4) + letter;
            var high = hash & 0xf0000000;
            hash = (hash ^ (high >> 24)) & ~high;
        }
        return hash;
    }

    private static List<Need> ReadNeeds(ReadOnlySpan<byte> elf)
    {
        ReadOnlySpan<byte> magic = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]; // 64 bits, little-endian
        if (elf.Length < 64 || !elf.StartsWith(magic))
            throw Bad("it is not a 64-bit little-endian ELF file");
        var segments = ReadSegments(elf);
        var dynamic = segments.Find(segment => segment.Kind == DynamicSegment) ?? throw Bad("it has no dynamic section");
        var tags = ReadDynamic(elf, dynamic);
        var strings = Range(elf, ToOffset(segments, Tag(tags, StringTableTag)), Tag(tags, StringTableBytesTag), "string table");
        return ReadNeeds(elf, ToOffset(segments, Tag(tags, NeedTag)), Tag(tags, NeedCountTag), strings);
    }

    private static List<Need> ReadNeeds(ReadOnlySpan<byte> elf, ulong start, ulong fileCount, ReadOnlySpan<byte> strings)
    {
        var needs = new List<Need>();
        var fileOffset = start;
        for (var file = 0ul; file < fileCount; file++)
        {
            var header = Range(elf, fileOffset, NeedBytes, "version need");
            var fileName = Name(strings, BinaryPrimitives.ReadUInt32LittleEndian(header[4..]));
            var versionCount = BinaryPrimitives.ReadUInt16LittleEndian(header[2..]);
            var offset = fileOffset + BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
            for (var version = 0; version < versionCount; version++)
            {
                if (needs.Count == MaxEntries)
                    throw Bad($"it needs more than {MaxEntries} versions");
                var entry = Range(elf, offset, NeedBytes, "version entry");
                var nameOffset = BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]);
                needs.Add(new Need(fileName, Name(strings, nameOffset), nameOffset, BinaryPrimitives.ReadUInt32LittleEndian(entry), (int)offset));
                offset += BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]);
            }
            var next = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
            if (next == 0)
                break;
            fileOffset += next;
        }
        return needs;
    }

    private static List<Segment> ReadSegments(ReadOnlySpan<byte> elf)
    {
        var offset = BinaryPrimitives.ReadUInt64LittleEndian(elf[32..]);
        int entryBytes = BinaryPrimitives.ReadUInt16LittleEndian(elf[54..]), count = BinaryPrimitives.ReadUInt16LittleEndian(elf[56..]);
        if (entryBytes != ProgramHeaderBytes)
            throw Bad($"a program header has {entryBytes} bytes, expected {ProgramHeaderBytes}");
        var table = Range(elf, offset, (ulong)(count * ProgramHeaderBytes), "program headers");
        var segments = new List<Segment>(count);
        for (; table.Length > 0; table = table[ProgramHeaderBytes..])
            segments.Add(new Segment(
                BinaryPrimitives.ReadUInt32LittleEndian(table),
                BinaryPrimitives.ReadUInt64LittleEndian(table[8..]),
                BinaryPrimitives.ReadUInt64LittleEndian(table[16..]),
                BinaryPrimitives.ReadUInt64LittleEndian(table[32..])));
        return segments;
    }

    private static Dictionary<long, ulong> ReadDynamic(ReadOnlySpan<byte> elf, Segment segment)
    {
        var tags = new Dictionary<long, ulong>();
        var table = Range(elf, segment.FileOffset, segment.FileBytes, "dynamic section");
        for (; table.Length >= DynamicEntryBytes; table = table[DynamicEntryBytes..])
            tags[BinaryPrimitives.ReadInt64LittleEndian(table)] = BinaryPrimitives.ReadUInt64LittleEndian(table[8..]);
        return tags;
    }

    private static ulong Tag(Dictionary<long, ulong> tags, long tag) =>
        tags.TryGetValue(tag, out var value) ? value : throw Bad($"its dynamic section lacks tag {tag:x}");

    private static ulong ToOffset(List<Segment> segments, ulong address)
    {
        var segment = segments.Find(segment => segment.Kind == LoadSegment && address >= segment.Address && address - segment.Address < segment.FileBytes)
            ?? throw Bad($"address {address:x} lies in no segment");
        return address - segment.Address + segment.FileOffset;
    }

    private static ReadOnlySpan<byte> Range(ReadOnlySpan<byte> elf, ulong offset, ulong count, string what) =>
        offset <= (ulong)elf.Length && count <= (ulong)elf.Length - offset
            ? elf.Slice((int)offset, (int)count)
            : throw Bad($"its {what} at {offset} of {count} bytes lies outside its {elf.Length} bytes");

    private static string Name(ReadOnlySpan<byte> strings, uint offset)
    {
        var tail = offset < strings.Length ? strings[(int)offset..] : throw Bad($"a name at {offset} lies outside the string table of {strings.Length} bytes");
        var end = tail.IndexOf((byte)0);
        return end >= 0 ? Encoding.ASCII.GetString(tail[..end]) : throw Bad($"the name at {offset} has no end");
    }

    private static Need Single(List<Need> needs, string version)
    {
        var found = needs.FindAll(need => need.Version == version);
        return found.Count == 1 ? found[0] : throw Bad($"it needs {version} {found.Count} times, expected once");
    }

    private static InvalidDataException Bad(string problem) => new($"the library cannot be patched: {problem}");

    private sealed record Segment(uint Kind, ulong FileOffset, ulong Address, ulong FileBytes);

    private sealed record Need(string FileName, string Version, uint NameOffset, uint Hash, int EntryOffset);
}
