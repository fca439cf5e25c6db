using System.IO.Compression;
using System.Xml.Linq;
using FLoRA.TestData;

namespace FLoRA.Packages.Tests;

/// <summary>
/// The packages of this checkout in a folder of their own, and a place for new projects that restore from it alone. What else they
/// need is taken from the package folder that building the tests has filled: no network. Everything is deleted in the end.
/// </summary>
public sealed class Feed : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("flora-packages-").FullName;

    /// <summary>NuGet's package folder; what the programs under test take libtorch from.</summary>
    internal const string FolderVariable = "NUGET_PACKAGES";

    /// <summary>The package folder that building the tests has filled.</summary>
    internal string KnownPackages { get; private set; } = "";

    private string Packages => Path.Combine(_root, "feed");

    /// <summary>Packs as docs/packages.md says.</summary>
    public async ValueTask InitializeAsync()
    {
        await DotnetAsync(RepositoryData.Root, ["pack", "build/Packages.slnf", "-c", "Release", "--no-restore", "-m:1", "-v", "q", "-o", Packages]);
        string listed = (await DotnetAsync(RepositoryData.Root, ["nuget", "locals", "global-packages", "--list", "--force-english-output"], ("DOTNET_CLI_HOME", null))).Output;
        KnownPackages = Environment.GetEnvironmentVariable(FolderVariable) ?? listed.Split(": ", 2)[1].Trim();
        await File.WriteAllTextAsync(Path.Combine(_root, "nuget.config"),
            $"""
            <configuration>
              <packageSources><clear /><add key="feed" value="{Packages}" /></packageSources>
              <fallbackPackageFolders><clear /><add key="known" value="{KnownPackages}" /></fallbackPackageFolders>
              <config><add key="globalPackagesFolder" value="{Path.Combine(_root, "packages")}" /></config>
            </configuration>
            """);
    }

    /// <summary>An empty folder below the feed's nuget.config.</summary>
    internal string NewFolder(string name) => Directory.CreateDirectory(Path.Combine(_root, name)).FullName;

    /// <summary>Runs dotnet, which must succeed.</summary>
    internal Task<Command> DotnetAsync(string folder, IEnumerable<string> arguments, params (string Name, string? Value)[] environment) => RunAsync("dotnet", folder, arguments, environment);

    /// <summary>Runs a program, which must succeed.</summary>
    internal async Task<Command> RunAsync(string program, string folder, IEnumerable<string> arguments, params (string Name, string? Value)[] environment) =>
        (await StartAsync(program, folder, arguments, environment)).Succeeded();

    /// <summary>Runs a program to its end. Of dotnet nothing stays: no compiler or build server, no file in the home folder.</summary>
    internal Task<Command> StartAsync(string program, string folder, IEnumerable<string> arguments, params (string Name, string? Value)[] environment)
    {
        Dictionary<string, string?> variables = new()
        {
            ["DOTNET_CLI_HOME"] = Path.Combine(_root, "home"),
            [FolderVariable] = null, // The one of nuget.config: packages of ours must not stay.
            ["DOTNET_NOLOGO"] = "1",
            ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
            ["DOTNET_GENERATE_ASPNET_CERTIFICATE"] = "false",
            ["DOTNET_CLI_UI_LANGUAGE"] = "en",
            ["MSBUILDDISABLENODEREUSE"] = "1",
            ["UseSharedCompilation"] = "false",
        };
        foreach ((string name, string? value) in environment)
            variables[name] = value;
        return Command.RunAsync(program, folder, arguments, variables, TestContext.Current.CancellationToken);
    }

    /// <summary>Opens a package by its id.</summary>
    internal ZipArchive Open(string id, string extension = "nupkg") => ZipFile.OpenRead(Directory.GetFiles(Packages, $"{id}.*.{extension}").Single());

    /// <summary>Bytes of a packed package.</summary>
    internal long SizeOf(string id) => new FileInfo(Directory.GetFiles(Packages, $"{id}.*.nupkg").Single()).Length;

    /// <summary>The metadata element of a package, its name space taken off.</summary>
    internal XElement Metadata(string id)
    {
        using ZipArchive package = Open(id);
        using Stream nuspec = package.GetEntry($"{id}.nuspec")!.Open();
        XElement root = XElement.Load(nuspec);
        foreach (XElement element in root.DescendantsAndSelf())
            element.Name = element.Name.LocalName;
        return root.Element("metadata")!;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }
}
