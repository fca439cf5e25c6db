namespace CodeAgent.Sandbox;

/// <summary>What one command may use. The first limit that is passed ends the whole group of processes.</summary>
internal sealed record SandboxLimits
{
    /// <summary>Wall-clock time.</summary>
    public TimeSpan WallTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Processor time of each process, rounded up to whole seconds.</summary>
    public TimeSpan CpuTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Resident memory of all processes together, and writable private memory of each.</summary>
    public long MemoryBytes { get; init; } = 512L << 20;

    /// <summary>Processes alive at the same time.</summary>
    public int Processes { get; init; } = 32;

    /// <summary>Threads of all processes together, which is what the kernel counts (see <see cref="ProcessLimit"/>). Some interpreters start one per core.</summary>
    public int Threads { get; init; } = 256;

    /// <summary>Size of each file that is written.</summary>
    public long FileBytes { get; init; } = 16L << 20;

    /// <summary>Size of all files in the folder together.</summary>
    public long FolderBytes { get; init; } = 64L << 20;

    /// <summary>Standard output and standard error together.</summary>
    public int OutputBytes { get; init; } = 64 << 10;
}
