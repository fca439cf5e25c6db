using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Microsoft.Extensions.AI's own cache over the client: answers of different adapters, named in the options, stay apart.</summary>
public class CachingTests
{
    private static Pipeline Cached() => new(b => b.UseDistributedCache(), s => s.AddDistributedMemoryCache());

    public static TheoryData<bool, bool> Calls() => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Two_adapters_never_share_an_answer_and_one_finds_its_own(bool streaming, bool byModelId)
    {
        using Pipeline pipeline = Cached();
        ChatOptions lua = Named(Tinycoder.Lua), rust = Named(Tinycoder.Rust);

        ChatResponse first = await pipeline.CallAsync(streaming, lua);
        ChatResponse other = await pipeline.CallAsync(streaming, rust);
        ChatResponse again = await pipeline.CallAsync(streaming, lua);
        ChatResponse @base = await pipeline.CallAsync(streaming, Pipeline.Options());

        again.Text.ShouldBe(first.Text);
        again.FinishReason.ShouldBe(first.FinishReason);
        new[] { first.Text, other.Text, @base.Text }.Distinct().Count().ShouldBe(3);
        (await pipeline.Tinycoder.RequestsAsync()).ShouldBe(3);

        ChatOptions Named(string adapter) => byModelId ? Pipeline.Options(modelId: adapter) : Pipeline.Options(adapter);
    }
}
