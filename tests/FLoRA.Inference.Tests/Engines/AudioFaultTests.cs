using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Engines;

/// <summary>Encoder work that fails, and recordings of which no finite numbers come.</summary>
public class AudioFaultTests
{
    private static readonly AudioCase[] Different = [.. AudioEngine.Golden.DistinctBy(c => (c.Features, c.Adapter)).Take(4)];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(AudioEngine.Units - 1)]
    public async Task An_encoder_fault_fails_the_recordings_of_its_unit_and_nobody_else(int unit)
    {
        bool fails = true;
        using var held = new HeldEngine(o => AudioEngine.Options(o) with { KvTokens = 4096, AfterEncoding = FailOnce });
        TokenStream first = await held.HoldAsync(AudioEngine.Ask(Different[0])); // its first unit is done
        TokenStream[] together = [.. Different[1..3].Select(one => held.Engine.Submit(AudioEngine.Ask(one)))]; // one chunk, when the first one is encoded
        held.Go();

        foreach (TokenStream stream in together)
        {
            var error = await Assert.ThrowsAsync<EngineFaultException>(stream.ReadAsync);
            Assert.True(error.IsDeviceFault);
            Assert.Contains("encoder", error.Message, StringComparison.Ordinal);
            Assert.Contains("injected", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(Different[0].Expected, await first.ReadAsync());
        await held.Engine.AssertIdleAsync();
        foreach (AudioCase one in Different)
            Assert.Equal(one.Expected, await held.Engine.Submit(AudioEngine.Ask(one)).ReadAsync());
        await held.Engine.AssertIdleAsync();
        held.Engine.Dispose();
        Assert.Equal(0, held.Engine.LiveTensorsAfterDispose);

        void FailOnce(IReadOnlyList<AudioEncoding> encodings)
        {
            if (!fails || encodings.Count != 2 || encodings[0].CompletedUnits != unit)
                return;
            fails = false;
            throw new InvalidOperationException("injected fault\n   with a second line");
        }
    }

    [Theory]
    [InlineData("float32")]
    [InlineData("int8")]
    public async Task A_recording_without_finite_numbers_fails_alone_and_is_not_kept(string type)
    {
        var units = new List<int>();
        using Engine engine = AudioEngine.Load(o => o with { DType = type, KvTokens = 4096, AfterEncoding = e => units.Add(e.Count) });
        var expected = new List<int[]>();
        foreach (AudioCase one in Different)
            expected.Add(type == "float32" ? one.Expected : await engine.Submit(AudioEngine.Ask(one)).ReadAsync());
        TokenStream[] well = [.. Different.Select(one => engine.Submit(AudioEngine.Ask(one)))];
        TokenStream[] sick = [engine.Submit(AudioEngine.AskForTooMuch(Different[0])), engine.Submit(AudioEngine.AskForTooMuch(Different[0]))];
        foreach (TokenStream stream in sick)
        {
            var error = await Assert.ThrowsAsync<EngineFaultException>(stream.ReadAsync);
            Assert.False(error.IsDeviceFault);
            Assert.Contains("not finite", error.Message, StringComparison.Ordinal);
        }

        for (int i = 0; i < well.Length; i++)
            Assert.Equal(expected[i], await well[i].ReadAsync());
        await engine.AssertIdleAsync();
        int before = units.Count;
        await Assert.ThrowsAsync<EngineFaultException>(engine.Submit(AudioEngine.AskForTooMuch(Different[0])).ReadAsync);
        await engine.AssertIdleAsync();
        Assert.Equal(before + AudioEngine.Units, units.Count); // encoded again
    }

    /// <summary>Blocks change hands between recordings and text; what is left in them must not reach the next owner.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_recording_without_finite_numbers_leaves_in_the_cache_harms_nobody(bool isCancelledUnseen)
    {
        TokenStream? sick = null;
        using Engine engine = AudioEngine.Load(o => o with { KvTokens = 288, AfterEncoding = CancelWhenEncoded }); // one recording and a little text
        for (int round = 0; round < 3; round++)
        {
            Volatile.Write(ref sick, isCancelledUnseen ? engine.Submit(AudioEngine.AskForTooMuch(Different[0])) : null);
            TokenStream stream = Volatile.Read(ref sick) ?? engine.Submit(AudioEngine.AskForTooMuch(Different[0]));
            Exception end = (await Record.ExceptionAsync(stream.ReadAsync))!;
            Assert.True(isCancelledUnseen ? end is OperationCanceledException or EngineFaultException : end is EngineFaultException, end.ToString());
            foreach (AudioCase one in Different)
                Assert.Equal(one.Expected, await engine.Submit(AudioEngine.Ask(one)).ReadAsync());
        }

        await engine.AssertIdleAsync();

        void CancelWhenEncoded(IReadOnlyList<AudioEncoding> encodings)
        {
            if (encodings[0].CompletedUnits == AudioEngine.Units - 1)
                Volatile.Read(ref sick)?.Cancel();
        }
    }
}
