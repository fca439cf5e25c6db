using System.Globalization;
using System.Text;

namespace CodeAgent.Sandbox;

/// <summary>A process of a program.</summary>
/// <param name="Pid">Its id.</param>
/// <param name="ResidentBytes">Memory it holds.</param>
internal readonly record struct ProgramProcess(int Pid, long ResidentBytes);

/// <summary>Reads /proc. Processes may vanish at any point: those count as gone.</summary>
internal static class ProcessTable
{
    /// <summary>Living processes (zombies are not) of a session; no more are looked for when there are more than <paramref name="enough"/>.</summary>
    public static List<ProgramProcess> OfSession(int session, int enough)
    {
        // Its processes are younger than its leader, mostly with higher numbers: those first, while a fork bomb grows.
        var found = new List<ProgramProcess>();
        foreach (int pid in All().OrderBy(p => p < session))
        {
            if (ReadStat(pid) is { IsAlive: true } stat && stat.Session == session)
                found.Add(new ProgramProcess(pid, stat.ResidentBytes));
            if (found.Count > enough)
                break;
        }
        return found;
    }

    /// <summary>Those of <paramref name="pids"/> that are alive.</summary>
    public static List<ProgramProcess> Of(IEnumerable<int> pids)
    {
        var found = new List<ProgramProcess>();
        foreach (int pid in pids)
        {
            if (ReadStat(pid) is { IsAlive: true } stat)
                found.Add(new ProgramProcess(pid, stat.ResidentBytes));
        }
        return found;
    }

    /// <summary>Threads of the whole system, in one short read (proc(5), loadavg: a b c running/all last).</summary>
    public static int ThreadsOfSystem()
    {
        string load = File.ReadAllText("/proc/loadavg");
        int at = load.IndexOf('/') + 1;
        return int.Parse(load.AsSpan(at, load.IndexOf(' ', at) - at), NumberStyles.None, CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// Living processes that belong to a program: by session, or (a process may have made its own) by the mark in the
    /// environment that it was started with, or by its working folder.
    /// </summary>
    public static List<int> OfProgram(int session, string mark, string folder)
    {
        byte[] markBytes = Encoding.UTF8.GetBytes(mark);
        var found = new List<int>();
        foreach (int pid in All())
        {
            if (pid == Environment.ProcessId || ReadStat(pid) is not { IsAlive: true } stat)
                continue;
            if (stat.Session == session || HasMark(pid, markBytes) || WorksIn(pid, folder))
                found.Add(pid);
        }
        return found;
    }

    /// <summary>Threads of all processes of the effective user, which is what the kernel's own limit counts.</summary>
    public static int ThreadsOfUser()
    {
        string user = $"Uid:\t{NativeMethods.geteuid()}\t";
        int threads = 0;
        foreach (int pid in All())
        {
            if (ReadText($"/proc/{pid}/status") is not { } status || !status.Contains(user, StringComparison.Ordinal))
                continue;
            int at = status.IndexOf("Threads:", StringComparison.Ordinal) + 8;
            threads += int.Parse(status.AsSpan(at, status.IndexOf('\n', at) - at).Trim(), CultureInfo.InvariantCulture);
        }
        return threads;
    }

    private static IEnumerable<int> All()
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
                yield return pid;
        }
    }

    // proc(5): pid (name) state ppid pgrp session ...; the name may hold anything, so fields count from the last ')'.
    private static (int Session, bool IsAlive, long ResidentBytes)? ReadStat(int pid)
    {
        if (ReadText($"/proc/{pid}/stat") is not { } text)
            return null;
        string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        bool alive = fields[0] is not ("Z" or "X");
        return (int.Parse(fields[3], CultureInfo.InvariantCulture), alive, long.Parse(fields[21], CultureInfo.InvariantCulture) * Environment.SystemPageSize);
    }

    private static string? ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool HasMark(int pid, byte[] mark)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{pid}/environ").AsSpan().IndexOf(mark) >= 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool WorksIn(int pid, string folder)
    {
        try
        {
            string? target = new FileInfo($"/proc/{pid}/cwd").LinkTarget;
            return target is not null && target.StartsWith(folder, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
