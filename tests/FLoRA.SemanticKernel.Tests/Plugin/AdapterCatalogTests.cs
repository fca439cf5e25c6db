namespace FLoRA.SemanticKernel.Tests;

/// <summary>Which adapter a tool call reaches, and what list_adapters says of them.</summary>
public sealed class AdapterCatalogTests : IDisposable
{
    private readonly PluginKernel _kernel = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _kernel.Dispose();

    [Theory]
    [InlineData("c++", "two")]
    [InlineData("C#", "two")]
    [InlineData("csharp", "two")]
    [InlineData("python", "base")]
    [InlineData("JavaScript", "base")]
    public async Task The_card_that_lists_the_language_decides(string language, string answers) =>
        (await _kernel.CompleteAsync(language)).ShouldBe($"{answers}|x");

    [Fact]
    public async Task Of_several_the_one_with_most_parameters_answers_then_the_first_by_name() =>
        (await _kernel.CompleteAsync("rust")).ShouldBe("rust-m|x");

    [Theory]
    [InlineData("rust-a", "rust-a")]
    [InlineData(" silent ", "silent")]
    [InlineData("base", "base")]
    [InlineData("", "rust-m")]
    [InlineData("  ", "rust-m")]
    public async Task An_adapter_that_is_named_wins_over_the_language(string adapter, string answers) =>
        (await _kernel.CompleteAsync("rust", adapter)).ShouldBe($"{answers}|x");

    [Fact]
    public async Task A_language_that_nobody_knows_is_answered_by_those_there_are() =>
        (await _kernel.CompleteAsync("cobol")).ShouldBe(
            "Error: there is no adapter for the language 'cobol'. Languages: c#, c++, javascript, python, rust. "
            + "Give one of these, or name an adapter: rust-a, rust-m, rust-z, silent, two.");

    [Fact]
    public async Task No_language_is_said_to_be_empty() => (await _kernel.CompleteAsync(" ")).ShouldStartWith("Error: 'language' is empty. Languages: c#,");

    [Fact]
    public async Task Without_cards_the_adapters_are_listed()
    {
        using var echo = new EchoKernel();
        (await new FloraPlugin((FloraChatClient)echo.Client).CompleteCodeAsync("lua", "x", cancellationToken: Cancel)).ShouldBe(
            "Error: there is no adapter for the language 'lua'. No adapter says what language it is for; name an adapter: base, lua-flora-r4, rs-flora-r4, sh-flora-r4.");
    }

    [Fact]
    public async Task An_adapter_that_does_not_exist_is_answered_by_those_that_do() =>
        (await _kernel.CompleteAsync("rust", "cobol")).ShouldBe("Error: adapter 'cobol' does not exist. Adapters: rust-a, rust-m, rust-z, silent, two. Call list_adapters for what they do.");

    [Theory]
    [InlineData("")]
    [InlineData("base")]
    public async Task The_base_model_answers_where_it_is_named_also_beside_a_default_adapter(string adapter)
    {
        using var kernel = new PluginKernel(options => options.DefaultAdapter = "lua-flora-r4");
        kernel.Echo.Loader.Adapters.Add(kernel.Echo.Loader.Adapters[0] with { Name = "lua-flora-r4" });
        (await kernel.Plugin.GenerateTextAsync(adapter, "x", cancellationToken: Cancel)).ShouldBe("base|x");
        (await kernel.CompleteAsync("python")).ShouldBe("base|x");
    }

    [Fact]
    public async Task Where_an_adapter_is_required_the_base_model_is_not_to_be_had()
    {
        using var kernel = new PluginKernel(options => options.RequireAdapter = true);
        (await kernel.CompleteAsync("rust")).ShouldBe("rust-m|x");
        (await kernel.CompleteAsync("python")).ShouldBe(
            "Error: there is no adapter for the language 'python'. Languages: c#, c++, rust. Give one of these, or name an adapter: rust-a, rust-m, rust-z, silent, two.");
        string refusal = "Error: the base model is not offered by itself; name an adapter. Adapters: rust-a, rust-m, rust-z, silent, two.";
        (await kernel.CompleteAsync("rust", "base")).ShouldBe(refusal);
        (await kernel.Plugin.GenerateTextAsync("", "x", cancellationToken: Cancel)).ShouldBe(refusal);
        (await kernel.Plugin.ListAdaptersAsync(cancellationToken: Cancel)).ShouldStartWith("(model tinycoder) | Two languages. | languages: python, js | base model, only with an adapter\nrust-a | ");
        (await kernel.Plugin.ListAdaptersAsync("python", Cancel)).ShouldStartWith("Error: there is no adapter for the language 'python'.");
    }

    [Fact]
    public async Task The_list_has_a_line_for_the_base_model_and_for_each_adapter() =>
        (await _kernel.Plugin.ListAdaptersAsync(cancellationToken: Cancel)).ShouldBe(
            """
            base | Two languages. | languages: python, js | base model tinycoder, without an adapter
            rust-a | Small. | languages: rust | lora, rank 8
            rust-m | Large too. | languages: Rust | lora, rank 8
            rust-z | Large. | languages: rs | lora, rank 8
            silent | no description | languages: not said | lora, rank 8
            two | Both. | languages: cpp, c# | ia3
            """);

    [Theory]
    [InlineData("rs", "rust-a,rust-m,rust-z")]
    [InlineData("py", "base")]
    [InlineData("C++", "two")]
    public async Task A_language_filters_the_list(string language, string names) =>
        (await _kernel.Plugin.ListAdaptersAsync(language, Cancel)).Split('\n').Select(line => line.Split(' ')[0]).ShouldBe(names.Split(','));

    [Fact]
    public async Task A_filter_that_leaves_nothing_says_what_there_is() =>
        (await _kernel.Plugin.ListAdaptersAsync("cobol", Cancel)).ShouldStartWith("Error: there is no adapter for the language 'cobol'. Languages: c#, c++,");

    [Fact]
    public async Task Without_adapters_the_list_says_so()
    {
        _kernel.Echo.Loader.Adapters.Clear();
        (await _kernel.Plugin.ListAdaptersAsync("", Cancel)).ShouldBe("base | Two languages. | languages: python, js | base model tinycoder, without an adapter\nThere are no adapters.");
    }

    [Fact]
    public async Task An_adapter_that_is_called_base_is_that_adapter()
    {
        _kernel.Echo.Loader.Adapters.Add(_kernel.Echo.Loader.Adapters[0] with { Name = "base" });
        (await _kernel.Plugin.GenerateTextAsync("base", "x", cancellationToken: Cancel)).ShouldBe("base|x");
        _kernel.Echo.Loader.Engine.Requests.ShouldHaveSingleItem().Adapter.ShouldBe("base");
    }
}
