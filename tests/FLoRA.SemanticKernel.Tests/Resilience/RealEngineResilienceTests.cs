using FLoRA.Inference;
using FLoRA.Inference.Adapters;
using FLoRA.Inference.Execution;
using FLoRA.Inference.Models;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Polly.CircuitBreaker;
using TorchSharp;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Overload and faults of the device as they come from the real engine, up to the caller and back to normal.</summary>
public class RealEngineResilienceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<string> AskAsync(Tinycoder tinycoder, GoldenCompletion golden) =>
        (await tinycoder.Kernel.InvokeAsync(TinycoderFixture.Function(golden), cancellationToken: Cancel)).GetValue<string>()!;

    [Fact]
    public async Task A_fault_of_the_device_fails_those_in_the_step_and_opens_the_circuit_until_the_break_is_over()
    {
        var time = new FakeTimeProvider();
        using var device = new Device();
        using var tinycoder = new Tinycoder(services => services.AddSingleton<TimeProvider>(time).AddSingleton<IModelLoader>(device));
        GoldenCompletion[] golden = [Tinycoder.Of(Tinycoder.Lua), Tinycoder.Of(Tinycoder.Rust), Tinycoder.Of(null)];
        IChatClient client = tinycoder.Client;
        var streams = new List<IAsyncEnumerator<ChatResponseUpdate>>();
        foreach (GoldenCompletion one in golden)
        {
            var options = new ChatOptions { AdditionalProperties = new() { ["adapter_id"] = one.Adapter, ["ignore_eos"] = true } };
            IAsyncEnumerator<ChatResponseUpdate> stream = client.GetStreamingResponseAsync(one.Prompt, options, Cancel).GetAsyncEnumerator(Cancel);
            (await stream.MoveNextAsync()).ShouldBeTrue();
            streams.Add(stream);
        }

        device.IsLost = true;
        foreach (IAsyncEnumerator<ChatResponseUpdate> stream in streams)
        {
            EngineFaultException fault = await Should.ThrowAsync<EngineFaultException>(async () =>
            {
                while (await stream.MoveNextAsync())
                {
                }
            });
            fault.IsDeviceFault.ShouldBeTrue();
            await stream.DisposeAsync();
        }

        int steps = (await tinycoder.StepsAsync()).Count;
        (await Should.ThrowAsync<BrokenCircuitException>(() => AskAsync(tinycoder, golden[0]))).RetryAfter.ShouldBe(TimeSpan.FromSeconds(15));
        (await tinycoder.StepsAsync()).Count.ShouldBe(steps);
        EngineOccupancy left = await tinycoder.Engine.ReadOccupancyAsync();
        left.ShouldBe(new EngineOccupancy(0, 0, left.TotalBlocks, left.TotalBlocks, 0, 0, 0));

        device.IsLost = false;
        time.Advance(TimeSpan.FromSeconds(15));
        (await Task.WhenAll(golden.Select(one => AskAsync(tinycoder, one)))).ShouldBe(golden.Select(one => one.Text));
    }

    [Theory]
    [InlineData("MaxRequests")]
    [InlineData("MaxTokens")]
    public async Task What_is_more_than_the_queue_takes_is_refused_with_a_time_and_answered_when_it_comes_again(string bound)
    {
        using var device = new Device();
        using var tinycoder = new Tinycoder(services => services.AddSingleton<IModelLoader>(device), options =>
        {
            options.MaxSequences = 1;
            options.Resilience.Retry.MaxAttempts = 0;
            if (bound == "MaxRequests")
                options.Queue.MaxRequests = 2;
            else
                options.Queue.MaxTokens = 1 + Tokens(0) + Tokens(1);
        });
        (await AskAsync(tinycoder, Tinycoder.Golden[3])).ShouldBe(Tinycoder.Golden[3].Text);
        device.Hold();
        Task<string> running = AskAsync(tinycoder, Tinycoder.Golden[2]);
        await device.Held;
        Task<string>[] waiting = [AskAsync(tinycoder, Tinycoder.Golden[0]), AskAsync(tinycoder, Tinycoder.Golden[1])];
        while (tinycoder.Engine.Queued.Requests < 2)
            await Task.Yield();
        EngineOverloadedException refused = await Should.ThrowAsync<EngineOverloadedException>(() => AskAsync(tinycoder, Tinycoder.Golden[4]));
        refused.RetryAfter.ShouldBeGreaterThan(TimeSpan.Zero);
        refused.Message.ShouldContain($"Queue.{bound}");
        device.Go();
        (await Task.WhenAll([running, .. waiting])).ShouldBe([Tinycoder.Golden[2].Text, Tinycoder.Golden[0].Text, Tinycoder.Golden[1].Text]);
        (await AskAsync(tinycoder, Tinycoder.Golden[4])).ShouldBe(Tinycoder.Golden[4].Text);

        int Tokens(int golden) => Inference.Text.Tokenizer.Load(TestModel.Folder).Encode(Tinycoder.Golden[golden].Prompt).Count;
    }

    [Fact]
    public async Task With_retries_the_overload_is_not_seen()
    {
        using var device = new Device();
        using var tinycoder = new Tinycoder(services => services.AddSingleton<IModelLoader>(device), options =>
        {
            options.MaxSequences = 1;
            options.Queue.MaxRequests = 1;
            options.Resilience.Retry.MaxAttempts = 1000;
            options.Resilience.Retry.MaxDelay = TimeSpan.FromMilliseconds(5);
        });
        string[] texts = await Task.WhenAll(Tinycoder.Golden.Select(golden => AskAsync(tinycoder, golden)));
        texts.ShouldBe(Tinycoder.Golden.Select(golden => golden.Text));
    }

    /// <summary>The real engine over a device that can be lost, or held right before a step.</summary>
    private sealed class Device : IModelLoader, IDisposable
    {
        private readonly EngineLoader _loader = new();
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _go = new(initialState: true);

        internal volatile bool IsLost;

        internal Task Held => _held.Task.WaitAsync(Cancel);

        internal void Hold() => _go.Reset();

        internal void Go() => _go.Set();

        public void Dispose() => _go.Dispose();

        public LoadedEngine Load(EngineOptions options) => _loader.Load(options with { DecorateForward = forward => new Forward(this, forward) });

        private sealed class Forward(Device device, IForwardPass inner) : IForwardPass
        {
            torch.Tensor? IForwardPass.Forward(Batch batch, BatchAdapters adapters)
            {
                if (!device._go.IsSet)
                {
                    device._held.TrySetResult();
                    device._go.Wait(Cancel);
                }

                return device.IsLost ? throw new InvalidOperationException("the device is lost") : inner.Forward(batch, adapters);
            }

            public void Dispose() => inner.Dispose();
        }
    }
}
