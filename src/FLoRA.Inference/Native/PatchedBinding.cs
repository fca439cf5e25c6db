using System.Security.Cryptography;

namespace FLoRA.Inference.Native;

/// <summary>
/// libLibTorchSharp.so for systems whose libstdc++ ends at GLIBCXX_3.4.30 or .31 (GCC 12: Debian 12 and its like).
/// The only symbol of GLIBCXX_3.4.32 in it, <c>_ZSt21ios_base_library_initv</c>, is used by no relocation, so a copy that asks
/// for GLIBCXX_3.4.30 instead works. That is known of one file, by its hash, and done with no other.
/// </summary>
internal sealed class PatchedBinding(string cacheRoot, string sourceSha256 = PatchedBinding.KnownSourceSha256, string patchedSha256 = PatchedBinding.KnownPatchedSha256)
{
    public const string MissingVersion = "GLIBCXX_3.4.32";
    public const string PresentVersion = "GLIBCXX_3.4.30";

    /// <summary>libLibTorchSharp.so of the package TorchSharp 0.107.0.</summary>
    public const string KnownSourceSha256 = "cf33b1b0bb6bbb9754a768fb5c5d04d9f498603be50e73f55621a0b40ee608b8";

    /// <summary>The same with its one entry changed.</summary>
    public const string KnownPatchedSha256 = "41c0b040cbd586ac3f2ac316ef743bd4ff713516970db47418acb82f89b5ffa2";

    private readonly PrivateFolder _folder = new(cacheRoot, "flora", "native");

    /// <summary>The copy of <paramref name="source"/>: the one in the cache if it is whole, else made anew.</summary>
    /// <exception cref="NativeRuntimeException">The source is not the known file, or the cache cannot be trusted or written.</exception>
    public string GetOrCreate(string source)
    {
        var folder = _folder.Ensure();
        var copy = Path.Combine(folder, $"libLibTorchSharp-0.107.0-{patchedSha256[..16]}.so");
        if (IsWhole(copy))
            return copy;
        PrivateFolder.Write(copy, Patch(source));
        return IsWhole(copy)
            ? copy
            : throw new NativeRuntimeException($"'{copy}' was just written and does not hold what was written. Delete it, check the disk, or set XDG_CACHE_HOME to another folder.");
    }

    /// <summary>True if the file is ours, plain, closed to others, and its hash is the known one.</summary>
    private bool IsWhole(string copy) =>
        PosixFile.Query(copy) is { IsRegularFile: true, Mode: UnixFileMode.UserRead | UnixFileMode.UserWrite } state
        && state.Owner == PosixFile.CurrentUser
        && Sha256(File.ReadAllBytes(copy)) == patchedSha256;

    private byte[] Patch(string source)
    {
        byte[] library;
        try
        {
            library = File.ReadAllBytes(source);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new NativeRuntimeException($"'{source}' cannot be read: {failure.Message}", failure);
        }
        if (Sha256(library) is var hash && hash != sourceSha256)
            throw new NativeRuntimeException($"This system's libstdc++ lacks {MissingVersion}, and '{source}' is not the file for which a way around that is known: SHA-256 is {hash}, expected {sourceSha256}. Delete its package folder and run 'dotnet restore', or install libstdc++6 of GCC 13.2 or newer.");
        return ElfVersionNeed.Replace(library, MissingVersion, PresentVersion);
    }

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
