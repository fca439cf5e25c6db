using System.Security.Cryptography;
using FLoRA.Inference.Native;

namespace FLoRA.Inference.Tests.Native;

public sealed class ElfVersionNeedTests
{
    private static readonly byte[] Library = File.ReadAllBytes(RealBinding.File);

    [Fact]
    public void The_real_library_asks_for_the_older_version_afterwards()
    {
        var patched = Patch(Library);

        Assert.Contains(PatchedBinding.MissingVersion, ElfVersionNeed.Versions(Library));
        Assert.DoesNotContain(PatchedBinding.MissingVersion, ElfVersionNeed.Versions(patched));
        Assert.Equal(Library.Length, patched.Length);
        Assert.InRange(Enumerable.Range(0, Library.Length).Count(at => Library[at] != patched[at]), 1, 8);
        Assert.Equal(PatchedBinding.KnownSourceSha256, Convert.ToHexStringLower(SHA256.HashData(Library)));
        Assert.Equal(PatchedBinding.KnownPatchedSha256, Convert.ToHexStringLower(SHA256.HashData(patched)));
    }

    [Fact]
    public void A_library_already_patched_is_refused() =>
        Assert.Contains("needs GLIBCXX_3.4.32 0 times", Assert.Throws<InvalidDataException>(() => Patch(Patch(Library))).Message);

    // The two examples of the System V ABI's hash table.
    [Theory]
    [InlineData("exit", 0x0006cf04u)]
    [InlineData("printf", 0x077905a6u)]
    public void Hash_is_that_of_the_ABI(string name, uint hash) => Assert.Equal(hash, ElfVersionNeed.Hash(name));

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(600)]
    [InlineData(100_000)]
    [InlineData(260_000)]
    [InlineData(1_900_000)]
    public void A_truncated_library_is_refused(int bytes) => Assert.Throws<InvalidDataException>(() => Patch(Library[..bytes]));

    [Theory]
    [InlineData(0, 0x7e, "not a 64-bit little-endian ELF")]
    [InlineData(4, 1, "not a 64-bit little-endian ELF")] // 32 bits
    [InlineData(5, 2, "not a 64-bit little-endian ELF")] // big-endian
    [InlineData(54, 0, "a program header has 0 bytes")]
    [InlineData(39, 0xff, "program headers")] // its offset
    public void A_changed_header_is_refused(int at, byte value, string message)
    {
        var library = Library.ToArray();
        library[at] = value;

        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Patch(library)).Message);
    }

    [Fact]
    public void Random_damage_is_refused_or_harmless_but_never_leads_outside()
    {
        var random = new Random(20240507);
        var refused = 0;
        // Program headers, version needs, dynamic section: all that the patcher reads but the names.
        (int Start, int Count)[] areas = [(0, 0x298), (0x3f8f0, 0x210), (0x1d4b18, 0x270)];
        for (var trial = 0; trial < 300; trial++)
        {
            var library = Library.ToArray();
            var (start, count) = areas[trial % areas.Length];
            for (var change = 0; change < 24; change++)
                library[start + random.Next(count)] = (byte)random.Next(256);
            try
            {
                Assert.Equal(library.Length, Patch(library).Length);
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 50, 300);
    }

    private static byte[] Patch(byte[] library) => ElfVersionNeed.Replace(library, PatchedBinding.MissingVersion, PatchedBinding.PresentVersion);
}
