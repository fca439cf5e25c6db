using System.CommandLine;
using FLoRA.Inference;

namespace FLoRA.Cli.Loading;

/// <summary>The options that every verb with an engine shares.</summary>
internal sealed class EngineFlags
{
    private readonly Option<string?> _model = new("--model") { Description = "Folder of the model (config.json, safetensors, tokenizer).", HelpName = "DIR" };
    private readonly Option<string[]> _adapter = new("--adapter") { Description = "Registers the adapter in DIR as NAME; may be repeated.", HelpName = "NAME=DIR" };
    private readonly Option<string[]> _adapters = new("--adapters") { Description = "Registers each sub-folder of DIR as an adapter of that name.", HelpName = "DIR" };
    private readonly Option<string?> _adapterRoot = new("--adapter-root") { Description = "Folder whose sub-folders requests may name as adapters; read on first use.", HelpName = "DIR" };
    private readonly Option<string[]> _preload = new("--preload") { Description = "Reads the adapter NAME of the adapter root at start; may be repeated.", HelpName = "NAME" };
    private readonly Option<string[]> _pin = new("--pin") { Description = "Keeps the adapter NAME on the device though nobody runs with it; may be repeated.", HelpName = "NAME" };
    private readonly Option<long?> _adapterBytes = WholeNumber.Bytes("--adapter-bytes", "Bytes that adapters have on the device; default: a sixteenth of the machine's memory.");
    private readonly Option<long?> _adapterHostBytes = WholeNumber.Bytes("--adapter-host-bytes", "Bytes for their copies in host memory; default: an eighth of the machine's memory.");
    private readonly Option<string> _dtype = new("--dtype") { Description = "Type of weights and computation: float32, bfloat16 or float16; int8 on the CPU.", HelpName = "TYPE", DefaultValueFactory = _ => "float32" };
    private readonly Option<string> _device = new("--device") { Description = "auto (CUDA where there is one), cpu or cuda.", HelpName = "DEVICE", DefaultValueFactory = _ => "auto" };
    private readonly Option<int?> _threads = WholeNumber.Option("--threads", "Kernel threads; default: the number of processors.");
    private readonly Option<int?> _maxRows = WholeNumber.Option("--max-rows", "Row budget of a step: sum of tokens x row width; default 256.");
    private readonly Option<int?> _maxSequences = WholeNumber.Option("--max-sequences", "Sequences that run at the same time; default 64.");
    private readonly Option<int?> _kvTokens = WholeNumber.Option("--kv-tokens", "Tokens in the key/value cache; default: from the memory budget.");
    private readonly Option<bool> _noPrefixCache = new("--no-prefix-cache") { Description = "Computes every prompt as a whole, also where an earlier one under the same adapter began equally (text)." };

    /// <summary>Adds the options to <paramref name="command"/>.</summary>
    /// <param name="command">A verb.</param>
    /// <param name="modelRequired">False: the verb also does something without a model.</param>
    public EngineFlags(Command command, bool modelRequired = true)
    {
        _model.Required = modelRequired;
        Words.RefuseOthers(_dtype, "float32", "bfloat16", "float16", "int8");
        Words.RefuseOthers(_device, "auto", "cpu", "cuda");
        foreach (Option option in (Option[])[_model, _adapter, _adapters, _adapterRoot, _preload, _pin, _adapterBytes, _adapterHostBytes, _dtype, _device, _threads, _maxRows, _maxSequences, _kvTokens, _noPrefixCache])
            command.Add(option);
    }

    /// <summary>The folder of the model, or null.</summary>
    public string? Model(ParseResult parsed) => parsed.GetValue(_model);

    /// <summary>The engine's options as the command line gives them.</summary>
    /// <exception cref="UsageException">An option cannot be understood.</exception>
    public EngineOptions Read(ParseResult parsed)
    {
        EngineOptions defaults = new() { Model = Model(parsed) ?? "" };
        return defaults with
        {
            Adapters = NamedFolders(parsed.GetValue(_adapter) ?? []),
            AdapterFolders = parsed.GetValue(_adapters) ?? [],
            AdapterRoot = parsed.GetValue(_adapterRoot),
            PreloadAdapters = parsed.GetValue(_preload) ?? [],
            PinnedAdapters = parsed.GetValue(_pin) ?? [],
            AdapterBytes = parsed.GetValue(_adapterBytes),
            AdapterHostBytes = parsed.GetValue(_adapterHostBytes),
            DType = parsed.GetRequiredValue(_dtype),
            Device = parsed.GetRequiredValue(_device),
            Threads = parsed.GetValue(_threads),
            MaxRows = parsed.GetValue(_maxRows) ?? defaults.MaxRows,
            MaxSequences = parsed.GetValue(_maxSequences) ?? defaults.MaxSequences,
            KvTokens = parsed.GetValue(_kvTokens),
            PrefixCache = !parsed.GetValue(_noPrefixCache),
        };
    }

    private static Dictionary<string, string> NamedFolders(string[] values)
    {
        Dictionary<string, string> folders = new(StringComparer.Ordinal);
        foreach (string value in values)
        {
            int equals = value.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || equals == value.Length - 1 || string.IsNullOrWhiteSpace(value[..equals]))
                throw new UsageException($"--adapter: expected NAME=DIR, got '{value}'");
            if (!folders.TryAdd(value[..equals], value[(equals + 1)..]))
                throw new UsageException($"--adapter: the name '{value[..equals]}' is given twice");
        }

        return folders;
    }
}
