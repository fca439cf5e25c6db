using FLoRA.Inference.Adapters;
using FLoRA.Inference.Tests.TestSupport;
using FLoRA.TestData;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>Cards of the model and of adapters, registered at start and while the engine serves.</summary>
public class EngineCardTests
{
    [Fact]
    public void The_coder_and_each_of_its_adapters_say_what_they_are_for()
    {
        using Engine engine = Engine.Load(new EngineOptions
        {
            Model = Path.Combine(RepositoryData.TinyCoder, "model"),
            AdapterFolders = [Path.Combine(RepositoryData.TinyCoder, "adapters")],
            Device = "cpu",
            Threads = 1,
        });
        Assert.Equal(["python", "javascript"], engine.Model.Card.Languages);
        Assert.StartsWith("Writes small Python and JavaScript functions", engine.Model.Card.Description, StringComparison.Ordinal);
        Assert.Equal(18, engine.Adapters.Count);
        Assert.All(engine.Adapters, adapter => Assert.Single(adapter.Card.Languages));
        Assert.Equal(18, engine.Adapters.Select(adapter => adapter.Card.Description).Distinct().Count(description => description is { Length: > 50 and < 200 }));
    }

    [Fact]
    public async Task An_adapter_registered_while_serving_brings_its_card_and_a_replacement_its_own()
    {
        CancellationToken none = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        foreach (string file in Directory.EnumerateFiles(TinyEngine.Adapter("flora-r1")))
            File.Copy(file, folder.File(Path.GetFileName(file)));
        using Engine engine = TinyEngine.Load();
        Assert.Same(FolderCard.Empty, engine.Model.Card);
        Assert.All(engine.Adapters, adapter => Assert.Same(FolderCard.Empty, adapter.Card));

        foreach (string text in (string[])["One.", "Two."])
        {
            folder.Write("README.md", System.Text.Encoding.UTF8.GetBytes(text));
            await engine.LoadAdapterAsync("guest", folder.Path, none);
            Assert.Equal(text, engine.Adapters.Single(adapter => adapter.Name == "guest").Card.Description);
        }

        Assert.Equal(AdapterFolder.Inspect(TinyEngine.Adapter("flora-r1")).ContentHash, AdapterFolder.Inspect(folder.Path).ContentHash);
    }
}
