using System.Collections.Concurrent;
using System.Text.Json;
using FLoRA.Inference;

namespace FLoRA.Cli.Results;

/// <summary>
/// A JSON line per step of the engine. The engine thread only takes notes; the file is written in the end, when it is known
/// which request has which number.
/// </summary>
internal sealed class TraceFile : IAsyncDisposable
{
    private readonly ConcurrentQueue<StepTrace> _steps = [];
    private readonly ConcurrentDictionary<long, JsonElement?> _names = [];
    private readonly StreamWriter _file;
    private long _lastOfWarmUp = -1;

    private TraceFile(StreamWriter file) => _file = file;

    /// <summary>Opens the file, or gives null where none is asked for.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static TraceFile? Open(string? path) => path is null ? null : new TraceFile(new StreamWriter(path));

    /// <summary>Takes a step; for <see cref="EngineOptions.Trace"/>.</summary>
    public void Record(StepTrace step) => _steps.Enqueue(step);

    /// <summary>Tells which request the engine's number stands for; null: it has no id, so its number is written.</summary>
    public void Name(long number, JsonElement? id) => _names[number] = id;

    /// <summary>The same for all that one recording asked of the engine.</summary>
    public void NameAll(IEnumerable<long> numbers, JsonElement? id)
    {
        foreach (long number in numbers)
            Name(number, id);
    }

    /// <summary>The requests named so far were the warm-up: their steps are left out.</summary>
    public void EndWarmUp()
    {
        _lastOfWarmUp = _names.Keys.DefaultIfEmpty(-1).Max();
        _names.Clear();
    }

    /// <summary>Writes the file; call it when the engine has stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await using StreamWriter file = _file;
        JsonLines lines = new(file);
        foreach (StepTrace step in _steps)
        {
            if (step.Sequences.Any(number => number > _lastOfWarmUp) || _lastOfWarmUp < 0)
                lines.Write(json => Write(json, step));
        }
    }

    private void Write(Utf8JsonWriter json, StepTrace step)
    {
        json.WriteNumber("step", step.Step);
        json.WriteNumber("rows", step.Rows);
        WriteIds(json, "sequences", step.Sequences);
        json.WriteNumber("prefill_tokens", step.PrefillTokens);
        json.WriteNumber("decode_tokens", step.DecodeTokens);
        WriteIds(json, "preempted", step.Preempted);
        json.WriteNumber("free_blocks", step.FreeBlocks);
    }

    private void WriteIds(Utf8JsonWriter json, string name, IReadOnlyList<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
        {
            if (_names.TryGetValue(number, out JsonElement? id) && id is { } given)
                given.WriteTo(json);
            else
                json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }
}
