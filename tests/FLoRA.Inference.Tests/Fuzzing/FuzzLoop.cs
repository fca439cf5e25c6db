using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Inference.Tests.Fuzzing;

/// <summary>
/// Feeds files to a reader and holds it to its word: it reads them or refuses them by an exception of ours, in memory that is in proportion to the file. Runs on one thread, on which
/// memory is counted.
/// </summary>
internal sealed class FuzzLoop : IDisposable
{
    private readonly FuzzFormat _format;
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, (string Path, long SiblingBytes)> _places = [];
    private byte[] _now = [];

    public FuzzLoop(FuzzFormat format)
    {
        _format = format;
        foreach (FuzzStart start in format.Starts)
        {
            string place = Directory.CreateDirectory(_folder.File(start.Name)).FullName;
            foreach ((string name, byte[] bytes) in start.Siblings)
                File.WriteAllBytes(Path.Combine(place, name), bytes);
            _places.Add(start.Name, (place, start.Siblings.Values.Sum(bytes => (long)bytes.Length)));
        }
    }

    /// <summary>Files that were read.</summary>
    public int ReadCount { get; private set; }

    /// <summary>Files that were refused.</summary>
    public int RefusedCount { get; private set; }

    /// <summary>Most managed memory that was taken, in proportion to what is allowed.</summary>
    public double LargestRatio { get; private set; }

    /// <summary>Damages good files and reads them. The good ones come first: they must be read, and what the runtime makes once is made then.</summary>
    public void Run(Random random)
    {
        foreach (FuzzStart start in _format.Starts)
            Read(start, start.Good);
        Assert.True(ReadCount > _format.Starts.Count / 2, $"{RefusedCount} of the good files are refused");
        (ReadCount, RefusedCount, LargestRatio) = (0, 0, 0);
        for (int i = 0; i < _format.InputCount; i++)
        {
            FuzzStart start = _format.Starts[i % _format.Starts.Count];
            Read(start, _format.Mutator.Damage(start.Good, random));
        }
    }

    /// <summary>Reads one file.</summary>
    public void Read(FuzzStart start, byte[] bytes)
    {
        _now = bytes;
        (string place, long siblingBytes) = _places[start.Name];
        File.WriteAllBytes(Path.Combine(place, _format.FileName), bytes);
        long before = GC.GetAllocatedBytesForCurrentThread(), taken = 0;
        try
        {
            Action use = _format.Load(place);
            taken = GC.GetAllocatedBytesForCurrentThread() - before;
            use();
            ReadCount++;
        }
        catch (Exception e) when (_format.Refusals.Contains(e.GetType()))
        {
            taken = taken > 0 ? taken : GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.NotEmpty(e.Message);
            RefusedCount++;
        }
        catch (Exception e)
        {
            Assert.Fail($"{_format.Name} from {start.Name}: {e.GetType().Name} is none of its refusals; {Kept()}\n{e}");
        }

        long allowed = _format.FixedBytes + (_format.BytesPerByte * (bytes.Length + siblingBytes));
        LargestRatio = Math.Max(LargestRatio, (double)taken / allowed);
        if (taken > allowed && !ReferenceEquals(bytes, start.Good))
            Assert.Fail($"{_format.Name} from {start.Name}: {taken} bytes were taken for a file of {bytes.Length} with {siblingBytes} bytes beside it; {Kept()}");
    }

    /// <summary>Where the file that is read now has been kept, for the message of a failure.</summary>
    public string Kept()
    {
        string path = Path.Combine(Path.GetTempPath(), $"flora-fuzz-{_format.Name}-{Guid.NewGuid():N}");
        File.WriteAllBytes(path, _now);
        return $"the input is kept as '{path}': fix the reader and add it to tests/data/fuzz/{_format.Name}";
    }

    public void Dispose() => _folder.Dispose();
}
