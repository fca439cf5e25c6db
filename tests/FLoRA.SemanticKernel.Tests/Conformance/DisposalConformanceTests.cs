using FLoRA.Inference;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Services whose container is disposed: twice, while they answer, and asked afterwards.</summary>
public class DisposalConformanceTests
{
    private static readonly GoldenCompletion Golden = Tinycoder.Of(Tinycoder.Lua);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool> Calls() => ServiceConformanceTests.Calls();

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Afterwards_every_call_is_ObjectDisposedException(string service, bool streaming)
    {
        var tinycoder = new Tinycoder();
        ServiceFace face = ServiceFace.Of(service, tinycoder);
        object options = face.Options(Route.Ends(Golden, Tinycoder.Lua));
        (await face.CallAsync(streaming, Golden.Prompt, options, Cancel)).Text.ShouldBe(Golden.Text);
        tinycoder.Dispose();
        tinycoder.Dispose();
        await Should.ThrowAsync<ObjectDisposedException>(() => face.CallAsync(streaming, Golden.Prompt, options, Cancel));
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_container_that_never_loaded_is_disposed_all_the_same(string service, bool streaming)
    {
        var tinycoder = new Tinycoder();
        ServiceFace face = ServiceFace.Of(service, tinycoder);
        tinycoder.Dispose();
        await Should.ThrowAsync<ObjectDisposedException>(() => face.CallAsync(streaming, Golden.Prompt, null, Cancel));
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task In_the_middle_the_call_ends_in_ObjectDisposedException(string service, bool streaming)
    {
        using var gate = new StepGate();
        var tinycoder = new Tinycoder(configure: o => o.Trace = gate.OnStep);
        ServiceFace face = ServiceFace.Of(service, tinycoder);
        gate.HoldAfter(3);
        Task<ServiceAnswer> running = face.CallAsync(streaming, "local x", face.Options(new FloraPromptExecutionSettings { MaxTokens = 400, IgnoreEos = true }), Cancel);
        await gate.ReachedAsync();
        Engine engine = tinycoder.Engine;
        Task disposing = Task.Run(tinycoder.Dispose, Cancel);
        SpinWait.SpinUntil(() => IsDisposed(engine));
        gate.Open();
        await Should.ThrowAsync<ObjectDisposedException>(() => running);
        await disposing;
    }

    /// <summary>Whether the engine refuses; its thread may be held all the same.</summary>
    private static bool IsDisposed(Engine engine)
    {
        try
        {
            _ = engine.UnloadAdapterAsync("no such adapter", Cancel);
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
        catch (AdapterNotFoundException)
        {
        }

        return false;
    }

    [Fact]
    public async Task A_client_with_an_engine_of_its_own_is_disposed_twice()
    {
        var client = new FloraChatClient(new FloraOptions { Model = TestModel.Folder, AdapterFolders = [TestModel.Adapters], Device = "cpu", KvTokens = 2048 });
        var face = new ChatClientFace(client);
        object options = face.Options(Route.Ends(Golden, Tinycoder.Lua));
        (await face.AskAsync(Golden.Prompt, options, Cancel)).Text.ShouldBe(Golden.Text);
        client.Dispose();
        client.Dispose();
        await Should.ThrowAsync<ObjectDisposedException>(() => face.AskAsync(Golden.Prompt, options, Cancel));
        await Should.ThrowAsync<ObjectDisposedException>(() => face.CallAsync(streaming: true, Golden.Prompt, options, Cancel));
    }
}
