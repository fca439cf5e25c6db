using FLoRA.Inference;
using Microsoft.Extensions.DependencyInjection;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The snippets of docs/adapters.md, as they stand there, with the repository's root as the current folder.</summary>
internal static class AdaptersPage
{
    internal static async Task WithAnEngineAsync(Engine engine)
    {
        await engine.LoadAdapterAsync("lua", "models/tinycoder/adapters/lua-flora-r4");   // new, or in place of what "lua" was
        await engine.PinAdapterAsync("lua");                                              // stays on the device though nobody uses it
        engine.UnpinAdapter("lua");
        await engine.UnloadAdapterAsync("lua");                                           // the name is gone at once
    }

    internal static async Task<ServiceProvider> WithAServiceAsync(IServiceCollection services)
    {
        services.AddFlora(flora =>
        {
            flora.Model = "models/tinycoder/model";
            flora.AdapterRoot = "models/tinycoder/adapters";   // calls may name its sub-folders; each is read when it is first named
            flora.PreloadAdapters = ["lua-flora-r4"];
            flora.AdapterBytes = 64 << 20;
        });
        ServiceProvider provider = services.BuildServiceProvider();
        var adapters = provider.GetRequiredService<FloraAdapters>();
        await adapters.LoadAsync("style", "models/tinycoder/adapters/rs-flora-r4");
        foreach (AdapterInfo adapter in await adapters.ListAsync())
            Console.WriteLine($"{adapter.Name}: {adapter.State}, {adapter.Bytes} bytes, {adapter.References} requests, {adapter.Card.Description}");
        AdapterStoreInfo store = await adapters.GetStoreAsync();
        Console.WriteLine($"{store.Registered} registered, {store.HostBytes} bytes in host memory, {store.ResidentBytes} on the device");
        return provider;
    }
}
