namespace FLoRA.Inference.Tests.Native;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("flora-native-").FullName;

    /// <summary>Creates empty files below it and returns the folder <paramref name="name"/>.</summary>
    public string Fill(string name, params string[] files)
    {
        var folder = Directory.CreateDirectory(System.IO.Path.Combine(Path, name)).FullName;
        foreach (var file in files)
            File.WriteAllBytes(System.IO.Path.Combine(folder, file), []);
        return folder;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
