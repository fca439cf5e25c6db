using System.ComponentModel;
using System.IO.Pipes;
using System.Runtime.InteropServices;

namespace CodeAgent.Sandbox;

/// <summary>
/// Starts a command in a session of its own, confined and limited. posix_spawn runs no managed code in the child. The
/// child is first a shell that waits for a line on its standard input; meanwhile its limits are set from here, so no
/// instruction of the program runs without them. The shell then becomes the program, with an empty standard input.
/// </summary>
internal sealed unsafe class ConfinedProcess : IDisposable
{
    private const string Gate = "cd \"$0\" && unset OLDPWD && read -r go && exec \"$@\"";
    private const short SetSignalDefaults = 0x04, SetSignalMask = 0x08, SetSession = 0x80;
    private const int CpuSeconds = 0, FileSize = 1, Data = 2, Core = 4, ProcessCount = 6;
    private readonly AnonymousPipeServerStream _gate;

    private ConfinedProcess(int pid, AnonymousPipeServerStream gate, AnonymousPipeServerStream output, PidsGroup? group)
    {
        Pid = pid;
        _gate = gate;
        Output = output;
        Group = group;
    }

    /// <summary>Process, process group and session.</summary>
    public int Pid { get; }

    /// <summary>Standard output and error in one pipe.</summary>
    public AnonymousPipeServerStream Output { get; }

    /// <summary>Its group, where the kernel limits the number of its threads.</summary>
    public PidsGroup? Group { get; }

    /// <summary>The shell becomes the program.</summary>
    public void Release()
    {
        _gate.WriteByte((byte)'\n');
        _gate.Dispose();
    }

    /// <summary>All processes must have ended.</summary>
    public void Dispose()
    {
        _gate.Dispose();
        Output.Dispose();
        Group?.Dispose();
    }

    /// <summary>Starts the shell that waits, with all limits set.</summary>
    /// <exception cref="Win32Exception">The system refuses the start or a limit.</exception>
    /// <exception cref="IOException">It refuses the group of processes.</exception>
    /// <exception cref="UnauthorizedAccessException">It refuses the group of processes.</exception>
    public static ConfinedProcess Start(
        SandboxProtections protections, string folder, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, SandboxLimits limits)
    {
        var gate = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.None);
        var output = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        PidsGroup? group = null;
        try
        {
            group = protections.Groups?.Create(limits.Threads);
            int pid = SpawnOnConfinedThread(protections, folder, command, environment, (int)gate.ClientSafePipeHandle.DangerousGetHandle(), (int)output.ClientSafePipeHandle.DangerousGetHandle());
            output.DisposeLocalCopyOfClientHandle();
            gate.DisposeLocalCopyOfClientHandle();
            try
            {
                group?.Add(pid);
                SetLimits(pid, limits, protections.IsRoot);
            }
            catch
            {
                _ = NativeMethods.kill(-pid, NativeMethods.SigKill);
                _ = NativeMethods.waitpid(pid, out _, 0);
                throw;
            }
            return new ConfinedProcess(pid, gate, output, group);
        }
        catch
        {
            gate.Dispose();
            output.Dispose();
            group?.Dispose();
            throw;
        }
    }

    private static int SpawnOnConfinedThread(
        SandboxProtections protections, string folder, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, int input, int output)
    {
        int pid = 0;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                protections.ApplyToThread(folder);
                pid = Spawn(["sh", "-c", Gate, folder, .. command], environment.Select(v => $"{v.Key}={v.Value}"), input, output);
            }
            catch (Exception e)
            {
                failure = e;
            }
        }, maxStackSize: 256 << 10);
        thread.Start();
        thread.Join();
        return failure is null ? pid : throw new InvalidOperationException($"The sandbox cannot start {command[0]}: {failure.Message}", failure);
    }

    private static int Spawn(IEnumerable<string> arguments, IEnumerable<string> environment, int input, int output)
    {
        // glibc: posix_spawnattr_t has 336 bytes, posix_spawn_file_actions_t 80, sigset_t 128.
        byte* attributes = stackalloc byte[512];
        byte* actions = stackalloc byte[512];
        byte* signals = stackalloc byte[128];
        using var argumentStrings = new Utf8Strings(arguments);
        using var environmentStrings = new Utf8Strings(environment);
        using var path = new Utf8Strings(["/bin/sh"]);
        Check(NativeMethods.posix_spawnattr_init(attributes));
        Check(NativeMethods.posix_spawn_file_actions_init(actions));
        try
        {
            // .NET ignores SIGPIPE and its threads may block signals: the program gets neither.
            new Span<byte>(signals, 128).Clear();
            Check(NativeMethods.posix_spawnattr_setsigmask(attributes, signals));
            new Span<byte>(signals, 128).Fill(0xFF);
            Check(NativeMethods.posix_spawnattr_setsigdefault(attributes, signals));
            Check(NativeMethods.posix_spawnattr_setflags(attributes, SetSignalDefaults | SetSignalMask | SetSession));
            Check(NativeMethods.posix_spawn_file_actions_adddup2(actions, input, 0));
            Check(NativeMethods.posix_spawn_file_actions_adddup2(actions, output, 1));
            Check(NativeMethods.posix_spawn_file_actions_adddup2(actions, output, 2));
            Check(NativeMethods.posix_spawn(out int pid, path.Pointer[0], actions, attributes, argumentStrings.Pointer, environmentStrings.Pointer));
            return pid;
        }
        finally
        {
            _ = NativeMethods.posix_spawn_file_actions_destroy(actions);
            _ = NativeMethods.posix_spawnattr_destroy(attributes);
        }
    }

    private static void SetLimits(int pid, SandboxLimits limits, bool isRoot)
    {
        var cpuSeconds = (ulong)Math.Ceiling(limits.CpuTime.TotalSeconds);
        SetLimit(pid, CpuSeconds, cpuSeconds, cpuSeconds + 1);
        SetLimit(pid, FileSize, (ulong)limits.FileBytes, (ulong)limits.FileBytes);
        SetLimit(pid, Data, (ulong)limits.MemoryBytes, (ulong)limits.MemoryBytes);
        SetLimit(pid, Core, 0, 0);
        // The kernel counts all threads of the user here, and nothing for root: coarser than a group.
        if (!isRoot)
            SetLimit(pid, ProcessCount, (ulong)(ProcessTable.ThreadsOfUser() + limits.Threads), null);
    }

    private static void SetLimit(int pid, int resource, ulong soft, ulong? hard)
    {
        NativeMethods.ResourceLimit old;
        if (NativeMethods.prlimit(pid, resource, null, &old) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        ulong upper = Math.Min(hard ?? soft, old.Hard);
        var limit = new NativeMethods.ResourceLimit { Soft = Math.Min(soft, upper), Hard = upper };
        if (NativeMethods.prlimit(pid, resource, &limit, null) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    private static void Check(int error)
    {
        if (error != 0)
            throw new Win32Exception(error);
    }
}
