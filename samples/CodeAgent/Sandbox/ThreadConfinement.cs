using System.Runtime.InteropServices;

namespace CodeAgent.Sandbox;

/// <summary>
/// Takes rights away from the calling thread. Linux keeps them per thread and hands them down to what the thread starts,
/// for ever: a thread made for one start confines the program and nobody else, needs no root, no user namespace and no
/// helper program. Sources: prctl(2), seccomp(2), landlock(7), capabilities(7).
/// </summary>
internal static unsafe class ThreadConfinement
{
    private const int SysPrctl = 157, SysCapset = 126, SysCloseRange = 436, SysLandlockCreate = 444, SysLandlockAdd = 445, SysLandlockRestrict = 446;
    private const int PrSetNoNewPrivileges = 38, PrSetSeccomp = 22, SeccompFilterMode = 2;
    private const int CloseRangeUnshare = 2, CloseRangeCloseOnExec = 4;
    private const int OpenPathCloseOnExec = 0x200000 | 0x80000;

    /// <summary>No program started from here gains a right by being setuid.</summary>
    public static bool TryForbidNewPrivileges() => NativeMethods.syscall(SysPrctl, PrSetNoNewPrivileges, 1, 0, 0, 0) == 0;

    /// <summary>
    /// Gives the thread a table of open files of its own in which all but the first three close on exec. Where the kernel
    /// is older than 5.11 only files that somebody opened without that flag stay open; .NET always sets it.
    /// </summary>
    public static void CloseFilesOnExec() => NativeMethods.syscall(SysCloseRange, 3, unchecked((nint)uint.MaxValue), CloseRangeUnshare | CloseRangeCloseOnExec, 0, 0);

    /// <summary>Drops root's capabilities; with no new privileges an exec does not bring them back.</summary>
    public static bool TryDropCapabilities()
    {
        uint* header = stackalloc uint[] { 0x20080522, 0 };
        uint* sets = stackalloc uint[6];
        new Span<uint>(sets, 6).Clear();
        return NativeMethods.syscall(SysCapset, (nint)header, (nint)sets, 0, 0, 0) == 0;
    }

    /// <summary>Installs <see cref="SystemCallFilter"/>. Needs no new privileges first.</summary>
    public static bool TryFilterSystemCalls()
    {
        ulong[] program = SystemCallFilter.Program();
        fixed (ulong* instructions = program)
        {
            var filter = new FilterProgram { Length = (ushort)program.Length, Instructions = instructions };
            return NativeMethods.syscall(SysPrctl, PrSetSeccomp, SeccompFilterMode, (nint)(&filter), 0, 0) == 0;
        }
    }

    /// <summary>Files may be changed below <paramref name="folder"/> only (and devices like /dev/null written).</summary>
    public static bool TryWriteOnlyBelow(string folder)
    {
        nint version = NativeMethods.syscall(SysLandlockCreate, 0, 0, 1, 0, 0);
        if (version < 1)
            return false;
        // write, and from remove_dir (4) to make_sym (12); refer (13) from version 2, truncate (14) from version 3
        const ulong Write = 1 << 1;
        ulong changes = Write | 0x1FF0;
        if (version >= 2)
            changes |= 1 << 13;
        if (version >= 3)
            changes |= 1 << 14;
        int ruleset = (int)NativeMethods.syscall(SysLandlockCreate, (nint)(&changes), sizeof(ulong), 0, 0, 0);
        if (ruleset < 0)
            return false;
        try
        {
            return TryAllow(ruleset, folder, changes)
                && TryAllow(ruleset, "/dev", version >= 3 ? Write | (1 << 14) : Write)
                && NativeMethods.syscall(SysLandlockRestrict, ruleset, 0, 0, 0, 0) == 0;
        }
        finally
        {
            _ = NativeMethods.close(ruleset);
        }
    }

    private static bool TryAllow(int ruleset, string folder, ulong access)
    {
        int descriptor = NativeMethods.open(folder, OpenPathCloseOnExec);
        if (descriptor < 0)
            return false;
        try
        {
            var rule = new PathRule { Access = access, Descriptor = descriptor };
            return NativeMethods.syscall(SysLandlockAdd, ruleset, 1, (nint)(&rule), 0, 0) == 0;
        }
        finally
        {
            _ = NativeMethods.close(descriptor);
        }
    }

    /// <summary>struct sock_fprog.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FilterProgram
    {
        public ushort Length;
        public ulong* Instructions;
    }

    /// <summary>struct landlock_path_beneath_attr, packed.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct PathRule
    {
        public ulong Access;
        public int Descriptor;
    }
}
