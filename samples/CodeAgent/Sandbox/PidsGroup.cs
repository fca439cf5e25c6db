using System.Globalization;
using System.Text;

namespace CodeAgent.Sandbox;

/// <summary>
/// A group of processes that the kernel keeps below a number of threads, root's too. Processes start in their parent's
/// group and leave it only by a write to its files, so it also names whoever left the session. Disposing removes it.
/// </summary>
internal sealed class PidsGroup : IDisposable
{
    private const int RemoveTries = 200;

    /// <exception cref="IOException">The system refuses it.</exception>
    /// <exception cref="UnauthorizedAccessException">It is not ours to make.</exception>
    public PidsGroup(string folder)
    {
        Directory.CreateDirectory(folder);
        Folder = folder;
    }

    public string Folder { get; }

    /// <summary>The kernel has refused a process or thread since the group was made.</summary>
    public bool HasRefused
    {
        get
        {
            // "max 3": added in Linux 4.9; before that only the watch counts.
            string file = Path.Combine(Folder, "pids.events");
            return File.Exists(file) && File.ReadLines(file).Any(l => l.StartsWith("max ", StringComparison.Ordinal) && l != "max 0");
        }
    }

    /// <summary>A limit below what is alive ends nobody, but nothing new starts.</summary>
    public void LimitThreads(int threads) => WriteValue(Path.Combine(Folder, "pids.max"), threads.ToString(CultureInfo.InvariantCulture));

    public void Add(int pid) => WriteValue(Path.Combine(Folder, "cgroup.procs"), pid.ToString(CultureInfo.InvariantCulture));

    /// <summary>Living processes (zombies are not).</summary>
    public List<int> Processes() =>
        [.. File.ReadLines(Path.Combine(Folder, "cgroup.procs")).Select(l => int.Parse(l, CultureInfo.InvariantCulture)).Where(p => p > 0)];

    /// <summary>One write, to a file that exists. No lock and no truncation, unlike File.WriteAllText.</summary>
    public static void WriteValue(string file, string value)
    {
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(handle, Encoding.ASCII.GetBytes(value), 0);
    }

    public void Dispose()
    {
        for (int tries = 0; tries < RemoveTries && Directory.Exists(Folder); tries++)
        {
            try
            {
                // rmdir: its files go with it
                Directory.Delete(Folder);
            }
            catch (IOException)
            {
                // A killed process is still on its way out. One that stays (in an uninterruptible system call) keeps the group, in which nothing new starts.
                Thread.Sleep(5);
            }
        }
    }
}
