using FLoRA.Inference.Tests.TestSupport;
using Microsoft.Extensions.Configuration;
using Transcriber.Listening;
using Transcriber.Recordings;

namespace Transcriber.Tests.Listening;

public sealed class SpeechSettingsTests : IDisposable
{
    private static readonly EmbeddedModel Embedded = EmbeddedModel.Find(AppContext.BaseDirectory);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_embedded_model_comes_with_an_adapter_for_each_taught_language()
    {
        SpeechSettings settings = SpeechSettings.Of(new TranscriberOptions { Threads = 2 }, Embedded, AppContext.BaseDirectory);

        Dictionary<string, string?> adapters = settings.Flora.GetSection("LanguageAdapters").GetChildren().ToDictionary(entry => entry.Key, entry => entry.Value);
        adapters.Keys.Order().ShouldBe(["ar", "cs", "hi", "kk", "lt", "mr"]);
        adapters.Values.ShouldAllBe(name => Directory.Exists(Path.Combine(Embedded.Adapters, name!)));
        (settings.Flora["Model"], settings.Flora["AdapterFolders:0"], settings.Flora["Threads"]).ShouldBe((Embedded.Model, Embedded.Adapters, "2"));
        (settings.Timestamps, settings.Temperature, settings.PadToWindow).ShouldBe((false, 0, true));
    }

    [Fact]
    public void The_base_service_has_everything_but_adapters_by_themselves()
    {
        string file = Write("""{"FloraSpeech":{"LanguageAdapters":{"de":"x"},"DefaultAdapter":"y","RequireAdapter":true,"MaxRows":128,"Queue":{"MaxRequests":7}}}""");
        SpeechSettings settings = SpeechSettings.Of(new TranscriberOptions { Settings = file }, Embedded, AppContext.BaseDirectory);

        settings.FloraBase.AsEnumerable().Where(entry => entry.Value is not null).Select(entry => entry.Key).Order().ShouldBe(["AdapterFolders:0", "MaxRows", "Model", "Queue:MaxRequests"]);
    }

    [Fact]
    public void A_model_of_ones_own_has_the_defaults_of_whisper_and_no_adapters()
    {
        Write("{}", "config.json");
        SpeechSettings settings = SpeechSettings.Of(new TranscriberOptions { Model = _folder.Path }, Embedded, AppContext.BaseDirectory);

        settings.Flora.AsEnumerable().Where(entry => entry.Value is not null).Select(entry => entry.Key).ShouldBe(["FloraSpeech:Model"]);
        (settings.Timestamps, settings.Temperature, settings.PadToWindow).ShouldBe((true, null, false));
    }

    [Theory]
    [InlineData("{", "cannot be read")]
    [InlineData("""{"Transcriber":{"Temperature":"warm"}}""", "Transcriber:Temperature")]
    public void Settings_that_are_wrong_are_refused(string json, string message)
    {
        string file = Write(json);

        Should.Throw<UsageException>(() => SpeechSettings.Of(new TranscriberOptions { Settings = file }, Embedded, AppContext.BaseDirectory)).Message.ShouldContain(message);
    }

    [Fact]
    public void Folders_and_files_that_are_not_there_are_named()
    {
        foreach (TranscriberOptions options in (TranscriberOptions[])[new() { Model = "/no/such" }, new() { Adapters = "/no/such" }, new() { Settings = "/no/such" }])
            Should.Throw<UsageException>(() => SpeechSettings.Of(options, Embedded, AppContext.BaseDirectory)).Message.ShouldContain("'/no/such'");
    }

    private string Write(string json, string name = "settings.json") => _folder.Write(name, System.Text.Encoding.UTF8.GetBytes(json));
}
