using FLoRA.Cli.Loading;

namespace FLoRA.Cli.Tests;

public sealed class LoadProgressTests
{
    [Theory]
    [InlineData(false, "loading m: 30 %\nloading m: 60 %\nloading m: 90 %\nloading m: 100 %\n")]
    [InlineData(true, "\rloading m: 30 %\rloading m: 40 %\rloading m: 50 %\rloading m: 60 %\rloading m: 70 %\rloading m: 80 %\rloading m: 90 %\rloading m: 100 %\n")]
    public void SpeaksAfterASecond(bool screen, string expected)
    {
        ManualClock clock = new();
        StringWriter log = new();
        LoadProgress progress = new(new Terminal(TextReader.Null, TextWriter.Null, log, screen), "m", clock);
        for (int tenth = 1; tenth <= 10; tenth++)
        {
            clock.Advance(TimeSpan.FromSeconds(0.4));
            progress.Report(tenth / 10.0);
        }

        Assert.Equal(expected, log.ToString());
    }

    [Fact]
    public void IsSilentWhereLoadingIsQuick()
    {
        StringWriter log = new();
        new LoadProgress(new Terminal(TextReader.Null, TextWriter.Null, log), "m", new ManualClock()).Report(1);
        Assert.Empty(log.ToString());
    }

    private sealed class ManualClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }
}
