using CodeAgent.Agent;
using CodeAgent.Languages;
using CodeAgent.Sandbox;

namespace CodeAgent.Tests.Agent;

public sealed class ModelChoiceTests
{
    [Fact]
    public void The_embedded_model_has_an_adapter_per_language_but_Python_and_JavaScript()
    {
        ModelChoice choice = ModelChoice.Make(new AgentOptions(), TestRun.Embedded, LanguageTable.All);

        choice.ByLanguage.OrderBy(p => p.Key).Select(p => p.Value).ShouldBe(
            ["lua-flora-r4", "php-flora-r4", "pl-flora-r4", "r-flora-r4", "rb-flora-r4", "rkt-flora-r4", "rs-flora-r4", "sh-flora-r4"]);
        choice.Adapters.Values.ShouldAllBe(folder => File.Exists(Path.Combine(folder, "adapter_config.json")));
    }

    [Fact]
    public void Base_means_no_adapter() =>
        ModelChoice.Make(new AgentOptions { Base = true }, TestRun.Embedded, LanguageTable.All).Adapters.ShouldBeEmpty();

    [Fact]
    public void A_model_of_ones_own_has_no_adapter_of_the_embedded_one() =>
        ModelChoice.Make(new AgentOptions { Model = TestRun.Embedded.Model }, TestRun.Embedded, LanguageTable.All).Adapters.ShouldBeEmpty();

    [Fact]
    public void Adapters_of_ones_own_are_found_by_their_names()
    {
        using var folder = new SandboxFolder();
        foreach (string name in new[] { "py-lora", "py-flora-r4", "lua", "lua-ia3", "rb-b", "rb-a", "other" })
            Directory.CreateDirectory(Path.Combine(folder.Path, name));
        ModelChoice choice = ModelChoice.Make(new AgentOptions { Adapters = folder.Path }, TestRun.Embedded, LanguageTable.All);

        choice.ByLanguage.OrderBy(p => p.Key).Select(p => $"{p.Key}={p.Value}").ShouldBe(["lua=lua", "py=py-flora-r4", "rb=rb-a"]);
    }

    [Fact]
    public void Folders_that_do_not_exist_are_named()
    {
        Should.Throw<UsageException>(() => ModelChoice.Make(new AgentOptions { Model = "/no/model" }, TestRun.Embedded, LanguageTable.All)).Message.ShouldContain("/no/model");
        Should.Throw<UsageException>(() => ModelChoice.Make(new AgentOptions { Adapters = "/no/adapters" }, TestRun.Embedded, LanguageTable.All)).Message.ShouldContain("/no/adapters");
    }
}
