using FLoRA.Inference.Adapters;
using FLoRA.Inference.Tests.TestSupport;

namespace FLoRA.Inference.Tests.Adapters;

/// <summary>Names of requests against a folder of adapters, hostile ones among them.</summary>
public sealed class AdapterRootTests : IDisposable
{
    private readonly TemporaryFolder _outside = new(), _home = new();
    private readonly string _root;

    public AdapterRootTests()
    {
        _root = Path.Combine(_home.Path, "root");
        foreach (string name in (string[])["good", "mit Leerzeichen", "größe", ".hidden"])
            Fill(Path.Combine(_root, name));
        Fill(Path.Combine(_home.Path, "sibling"));
        Fill(Path.Combine(_home.Path, "root2"));
        Fill(_outside.Path);
        File.WriteAllText(Path.Combine(_root, "a file"), "");
    }

    public void Dispose()
    {
        _home.Dispose();
        _outside.Dispose();
    }

    [Theory, InlineData("good"), InlineData("mit Leerzeichen"), InlineData("größe")]
    public void A_direct_child_is_taken(string name) => Assert.Equal(Path.Combine(_root, name), Resolve(name));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../sibling")]
    [InlineData("../root2")]
    [InlineData("good/../../sibling")]
    [InlineData("good/")]
    [InlineData("./good")]
    [InlineData("good\\..\\..\\sibling")]
    [InlineData(".hidden")]
    [InlineData("a file")]
    [InlineData("Good")]
    [InlineData("good\0")]
    [InlineData("missing")]
    [InlineData("C:good")]
    [InlineData("goo*")]
    public void Anything_else_is_refused(string name)
    {
        var error = Assert.Throws<AdapterNotFoundException>(() => Resolve(name));
        Assert.Contains("no sub-folder of exactly that name", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_home.Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Absolute_names_are_refused()
    {
        Assert.Throws<AdapterNotFoundException>(() => Resolve(_outside.Path));
        Assert.Throws<AdapterNotFoundException>(() => Resolve(Path.Combine(_root, "good")));
    }

    [Fact]
    public void Links_out_of_the_root_are_refused_and_links_within_are_followed()
    {
        Link("to-sibling", Path.Combine(_home.Path, "sibling"));
        Link("relative", Path.Combine("..", "sibling"));
        Link("through", Path.Combine("relative", "..", "sibling"));
        Link("prefix", Path.Combine(_home.Path, "root2"));
        Link("inside", "good");
        foreach (string name in (string[])["to-sibling", "relative", "prefix"])
            Assert.Contains($"'{name}' leads out of the adapter root", Assert.Throws<AdapterNotFoundException>(() => Resolve(name)).Message, StringComparison.Ordinal);
        Assert.Throws<AdapterNotFoundException>(() => Resolve("through"));
        Assert.Equal(Path.Combine(_root, "inside"), Resolve("inside"));
    }

    [Fact]
    public void Files_that_are_links_out_of_the_root_are_refused()
    {
        string folder = Path.Combine(_root, "linked");
        Directory.CreateDirectory(folder);
        File.CreateSymbolicLink(Path.Combine(folder, "adapter_config.json"), Path.Combine(_outside.Path, "adapter_config.json"));
        Assert.Contains("'adapter_config.json' leads out", Assert.Throws<AdapterNotFoundException>(() => Resolve("linked")).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(folder, "adapter_config.json"));
        File.CreateSymbolicLink(Path.Combine(folder, "adapter_config.json"), Path.Combine("..", "good", "adapter_config.json"));
        Assert.Equal(folder, Resolve("linked"));
        File.CreateSymbolicLink(Path.Combine(folder, "circle"), "circle");
        Assert.Contains("'circle' leads out", Assert.Throws<AdapterNotFoundException>(() => Resolve("linked")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_root_itself_may_be_a_link_but_must_exist()
    {
        string link = Path.Combine(_home.Path, "link");
        Directory.CreateSymbolicLink(link, _root);
        Assert.Equal(Path.Combine(link, "good"), new AdapterRoot(link).Resolve("good", []));
        Assert.Throws<AdapterLoadException>(() => new AdapterRoot(Path.Combine(_home.Path, "missing")));
    }

    private string Resolve(string name) => new AdapterRoot(_root).Resolve(name, ["known"]);

    private void Link(string name, string target) => Directory.CreateSymbolicLink(Path.Combine(_root, name), target);

    private static void Fill(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), "{}");
    }
}
