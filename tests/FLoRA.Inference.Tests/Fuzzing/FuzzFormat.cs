namespace FLoRA.Inference.Tests.Fuzzing;

/// <summary>A kind of file that strangers give us, and what reads it.</summary>
/// <param name="Name">Also the folder of its regression inputs under tests/data/fuzz.</param>
/// <param name="FileName">The file that is damaged.</param>
/// <param name="Starts">Good files, each in its surroundings.</param>
/// <param name="Mutator">How it is damaged.</param>
/// <param name="InputCount">Damaged files of one run.</param>
/// <param name="Load">Reads a folder; the result uses what was read. Throws what the product documents.</param>
internal sealed record FuzzFormat(string Name, string FileName, IReadOnlyList<FuzzStart> Starts, IMutator Mutator, int InputCount, Func<string, Action> Load)
{
    /// <summary>Exceptions with which the product refuses a file of this kind, when it is read or when it is used.</summary>
    public required IReadOnlyList<Type> Refusals { get; init; }

    /// <summary>Managed memory that reading may take whatever the size, in bytes: buffers, tables of fixed size, what a configuration of few words may describe.</summary>
    public long FixedBytes { get; init; } = 256 << 10;

    /// <summary>What it may take beside that, for each byte of the folder's files.</summary>
    public int BytesPerByte { get; init; } = 50;
}

/// <summary>A good file to start from.</summary>
/// <param name="Name">For messages, and the beginning of the names of regression inputs.</param>
/// <param name="Good">Its bytes.</param>
/// <param name="Siblings">The files that lie beside it.</param>
internal sealed record FuzzStart(string Name, byte[] Good, IReadOnlyDictionary<string, byte[]> Siblings)
{
    /// <summary>A file alone.</summary>
    public FuzzStart(string name, byte[] good)
        : this(name, good, new Dictionary<string, byte[]>())
    {
    }

    /// <summary>A file of a folder, with some others of the folder beside it.</summary>
    public static FuzzStart In(string name, string folder, string file, params string[] beside) =>
        new(name, File.ReadAllBytes(Path.Combine(folder, file)), beside.ToDictionary(other => other, other => File.ReadAllBytes(Path.Combine(folder, other))));
}
