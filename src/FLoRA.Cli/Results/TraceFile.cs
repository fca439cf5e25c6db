using System.CommandLine;
using System.Text.Json;
using System.Threading.Channels;
using FLoRA.Inference;

namespace FLoRA.Cli.Results;

/// <summary>
/// A JSON line per step of the engine. The engine thread only queues; lines are written from <see cref="Start"/> on, when it
/// is known which request has which number.
/// </summary>
internal sealed class TraceFile : IAsyncDisposable
{
    private readonly Channel<StepTrace> _steps = Channel.CreateUnbounded<StepTrace>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<long, JsonElement?> _names = [];
    private readonly StreamWriter _file;
    private Task _writing = Task.CompletedTask;
    private long _lastOfWarmUp = -1;

    private TraceFile(StreamWriter file) => _file = file;

    /// <summary>The option <c>--trace</c>.</summary>
    public static Option<string?> CreateOption() => new("--trace") { Description = "Writes a JSON line per step of the engine.", HelpName = "FILE" };

    /// <summary>Opens the file, or gives null where none is asked for.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static TraceFile? Open(string? path) => path is null ? null : new TraceFile(new StreamWriter(path));

    /// <summary>Takes a step; for <see cref="EngineOptions.Trace"/>.</summary>
    public void Record(StepTrace step) => _steps.Writer.TryWrite(step);

    /// <summary>Forgets the steps so far: those of the warm-up.</summary>
    public void EndWarmUp()
    {
        while (_steps.Reader.TryRead(out StepTrace? step))
            _lastOfWarmUp = Math.Max(_lastOfWarmUp, step.Sequences.DefaultIfEmpty(-1).Max());
    }

    /// <summary>Tells which request the engine's number stands for. Before <see cref="Start"/>.</summary>
    public void Name(long number, JsonElement? id) => _names[number] = id;

    /// <summary>Begins to write.</summary>
    public void Start() => _writing = Task.Run(WriteAsync);

    /// <summary>Writes what is left; call it when the engine has stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        _steps.Writer.TryComplete();
        await _writing;
        await _file.DisposeAsync();
    }

    private async Task WriteAsync()
    {
        JsonLines lines = new(_file);
        await foreach (StepTrace step in _steps.Reader.ReadAllAsync())
        {
            // The last step of the warm-up may arrive a moment after its last token.
            if (step.Sequences.Count > 0 && step.Sequences.All(number => number <= _lastOfWarmUp))
                continue;
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
            if (_names.TryGetValue(number, out JsonElement? id))
                json.WriteIdValue(id);
            else
                json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }
}
