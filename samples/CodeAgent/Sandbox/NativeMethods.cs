using System.Runtime.InteropServices;

namespace CodeAgent.Sandbox;

/// <summary>The C library's calls that .NET has no form of. Numbers are Linux x86-64's.</summary>
internal static unsafe partial class NativeMethods
{
    public const int SigKill = 9;

    [LibraryImport("libc", SetLastError = true)]
    public static partial int posix_spawn(out int pid, byte* path, void* fileActions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc")]
    public static partial int posix_spawnattr_init(void* attributes);

    [LibraryImport("libc")]
    public static partial int posix_spawnattr_destroy(void* attributes);

    [LibraryImport("libc")]
    public static partial int posix_spawnattr_setflags(void* attributes, short flags);

    [LibraryImport("libc")]
    public static partial int posix_spawnattr_setsigdefault(void* attributes, void* signals);

    [LibraryImport("libc")]
    public static partial int posix_spawnattr_setsigmask(void* attributes, void* signals);

    [LibraryImport("libc")]
    public static partial int posix_spawn_file_actions_init(void* actions);

    [LibraryImport("libc")]
    public static partial int posix_spawn_file_actions_destroy(void* actions);

    [LibraryImport("libc")]
    public static partial int posix_spawn_file_actions_adddup2(void* actions, int from, int to);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int prlimit(int pid, int resource, ResourceLimit* limit, ResourceLimit* old);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int waitpid(int pid, out int status, int options);

    /// <summary>waitid; <paramref name="information"/> is a siginfo_t of 128 bytes.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int waitid(int idType, int id, void* information, int options);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint syscall(nint number, nint a, nint b, nint c, nint d, nint e);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int open(string path, int flags);

    [LibraryImport("libc")]
    public static partial int close(int descriptor);

    [LibraryImport("libc")]
    public static partial uint geteuid();

    /// <summary>With <paramref name="which"/> and <paramref name="who"/> 0: niceness of the calling thread (on Linux it is the thread's).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int setpriority(int which, uint who, int niceness);

    /// <summary>With <paramref name="pid"/> 0: of the calling thread. <paramref name="priority"/> points to a struct sched_param, one int.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int sched_setscheduler(int pid, int policy, int* priority);

    /// <summary>struct rlimit: soft and hard limit.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ResourceLimit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
