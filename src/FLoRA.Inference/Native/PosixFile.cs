using System.Runtime.InteropServices;

namespace FLoRA.Inference.Native;

/// <summary>Kind, owner and mode of a path itself: a link is a link, not what it points at. .NET tells no owner.</summary>
internal readonly partial record struct PosixFile(bool IsFolder, bool IsRegularFile, uint Owner, UnixFileMode Mode)
{
    private const int CurrentFolder = -100;
    private const int DoNotFollow = 0x100;
    private const uint BasicFields = 0x7ff;
    private const int NotFound = 2;
    private const int KindMask = 0xf000, FolderKind = 0x4000, FileKind = 0x8000;

    /// <summary>The user that this process acts as.</summary>
    public static uint CurrentUser => GetEffectiveUser();

    /// <summary>The state of <paramref name="path"/>, or null if nothing is there.</summary>
    /// <exception cref="IOException">It cannot be told.</exception>
    public static unsafe PosixFile? Query(string path)
    {
        StatX state;
        if (GetStatX(CurrentFolder, path, DoNotFollow, BasicFields, &state) == 0)
            return new PosixFile((state.Mode & KindMask) == FolderKind, (state.Mode & KindMask) == FileKind, state.Owner, (UnixFileMode)(state.Mode & 0xfff));
        var error = Marshal.GetLastPInvokeError();
        return error == NotFound ? null : throw new IOException($"'{path}': {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <summary>The head of Linux's <c>struct statx</c> (256 bytes).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatX
    {
        [FieldOffset(20)]
        public uint Owner;

        [FieldOffset(28)]
        public ushort Mode;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static unsafe partial int GetStatX(int folder, string path, int flags, uint fields, StatX* state);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();
}
