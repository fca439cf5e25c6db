using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace FLoRA.Inference.Tests.Telemetry;

/// <summary>Listens to the instruments of one meter.</summary>
internal sealed class Measured : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(string Name, double Value, string Tags)> _measurements = new();

    /// <param name="meter">The meter; others of the same name are not heard.</param>
    public Measured(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == meter)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Values of an instrument with all these tags ("name=value"), in order.</summary>
    public double[] Of(string name, params string[] tags) =>
        [.. _measurements.Where(m => m.Name == name && tags.All(tag => m.Tags.Contains($"[{tag}]", StringComparison.Ordinal))).Select(m => m.Value)];

    /// <summary>Different values of a tag of an instrument.</summary>
    public string[] TagsOf(string name) => [.. _measurements.Where(m => m.Name == name).Select(m => m.Tags).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Reads what is observed.</summary>
    public void Observe() => _listener.RecordObservableInstruments();

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string text = "";
        foreach (KeyValuePair<string, object?> tag in tags)
            text += $"[{tag.Key}={tag.Value}]";
        _measurements.Enqueue((instrument.Name, value, text));
    }
}
