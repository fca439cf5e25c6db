using FLoRA.Inference.Kernels.Cpu.Packed;
using FLoRA.Inference.Models;
using FLoRA.Inference.Tests.Engines;

namespace FLoRA.Inference.Tests.Kernels.Packed;

/// <summary>Memory outside the managed heap that the kernels take: aligned, clean, and given back.</summary>
public class NativeBufferTests
{
    [Fact]
    public unsafe void A_buffer_is_aligned_and_zero()
    {
        foreach (long count in (long[])[0, 1, 15, 16, 1000])
        {
            using var buffer = new NativeBuffer(count);
            Assert.Equal((0, count), ((long)buffer.Start % 64, buffer.Count));
            Assert.Equal(new float[count], new ReadOnlySpan<float>(buffer.Start, (int)count));
        }
    }

    [Fact]
    public unsafe void Growing_keeps_a_buffer_that_is_large_enough_and_replaces_another()
    {
        long live = NativeBuffer.LiveCount;
        NativeBuffer? buffer = null;
        float* first = NativeBuffer.Grow(ref buffer, 10);
        Assert.True(first == NativeBuffer.Grow(ref buffer, 3));
        NativeBuffer.Grow(ref buffer, 11);
        Assert.Equal((11, live + 1), (buffer!.Count, NativeBuffer.LiveCount));
        buffer.Dispose();
        buffer.Dispose();
        Assert.Equal(live, NativeBuffer.LiveCount);
    }

    [Theory]
    [InlineData("gptbigcode-mha")]
    [InlineData("qwen3")]
    public async Task A_text_engine_gives_every_buffer_back(string model)
    {
        long live = NativeBuffer.LiveCount;
        using (Engine engine = TinyEngine.Load(model))
        {
            Assert.Equal(PanelShape.Columns > 0, NativeBuffer.LiveCount > live);
            int[] prompt = [.. Enumerable.Range(0, 80)];
            await Task.WhenAll(engine.Adapters.Select(a => engine.Submit(TinyEngine.Ask(prompt, a.Name)).ReadAsync()));
        }

        Assert.Equal(live, NativeBuffer.LiveCount);
    }

    [Fact]
    public async Task A_speech_engine_gives_every_buffer_back()
    {
        IReadOnlyList<AudioCase> cases = await AudioEngine.EveryAdapter;
        long live = NativeBuffer.LiveCount;
        using (Engine engine = AudioEngine.Load())
        {
            Assert.Equal(PanelShape.Columns > 0, NativeBuffer.LiveCount > live);
            await Task.WhenAll(cases.Select(one => engine.Submit(AudioEngine.Ask(one)).ReadAsync()));
        }

        Assert.Equal(live, NativeBuffer.LiveCount);
    }

    [Fact]
    public void A_load_that_fails_at_last_gives_every_buffer_back()
    {
        long live = NativeBuffer.LiveCount;
        Assert.Throws<InvalidDataException>(() => TinyEngine.Load(change: o => o with { DecorateForward = _ => throw new InvalidDataException() }));
        Assert.Throws<InvalidDataException>(() => AudioEngine.Load(o => o with { DecorateForward = _ => throw new InvalidDataException() }));
        Assert.Equal(live, NativeBuffer.LiveCount);
    }

    [Fact]
    public void The_torch_composition_can_be_asked_for()
    {
        IForwardPass? packed = null, composed = null;
        using (TinyEngine.Load(change: o => o with { DecorateForward = pass => packed = pass }))
        using (TinyEngine.Load(change: o => o with { UseTorchKernels = true, DecorateForward = pass => composed = pass }))
        {
            Assert.Equal(PanelShape.Columns > 0, packed is PackedDecoder);
            Assert.IsType<Decoder>(composed);
        }
    }
}
