using Microsoft.Extensions.AI;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The program of README.md, as it stands there, in a folder beside the repository.</summary>
internal static class ReadmePage
{
    internal static async Task Program()
    {
        const string tinycoder = "FLoRA.NET/models/tinycoder";
        using var client = new FloraChatClient(new FloraOptions { Model = $"{tinycoder}/model", AdapterFolders = [$"{tinycoder}/adapters"] });

        string[] functions = await Task.WhenAll(
            CompleteAsync("lua-flora-r4", "-- Cap qty at 6.\nlocal function cap(qty)\n"),
            CompleteAsync("rb-flora-r4", "# Cap qty at 6.\ndef cap(qty)\n"),
            CompleteAsync("rs-flora-r4", "/// Cap qty at 6.\nfn cap(qty: isize) -> isize {\n"));
        Console.WriteLine(string.Join("\n", functions));

        async Task<string> CompleteAsync(string adapter, string code) =>
            code + await client.GetResponseAsync(code, new() { ModelId = adapter, MaxOutputTokens = 64 });
    }
}
