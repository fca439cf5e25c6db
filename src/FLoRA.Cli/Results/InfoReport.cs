using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using FLoRA.Benchmarks.Reports;
using FLoRA.Inference;
using FLoRA.Inference.Native;
using FLoRA.Inference.Speech.Audio;
using TorchSharp;

namespace FLoRA.Cli.Results;

/// <summary>What <c>flora info</c> tells.</summary>
internal sealed record InfoReport
{
    /// <summary>Component and version.</summary>
    public required IReadOnlyList<(string Name, string Version)> Versions { get; init; }

    /// <summary>Folder that libtorch came from.</summary>
    public required string TorchFolder { get; init; }

    /// <summary>Device, type, threads, budgets.</summary>
    public required EngineInfo Engine { get; init; }

    /// <summary>True: the size of the cache is known, because a model is loaded or it was given.</summary>
    public required bool KvTokensKnown { get; init; }

    /// <summary>The model, or null.</summary>
    public ModelInfo? Model { get; init; }

    /// <summary>The registered adapters.</summary>
    public IReadOnlyList<AdapterInfo> Adapters { get; init; } = [];

    /// <summary>What the engine holds of them; null: there is no engine.</summary>
    public AdapterStoreInfo? Store { get; init; }

    /// <summary>Of an engine; without one what its options and this machine say.</summary>
    /// <exception cref="NativeRuntimeException">libtorch cannot be loaded.</exception>
    public static InfoReport Of(EngineOptions options, Engine? engine)
    {
        NativeRuntimeInfo native = NativeRuntime.EnsureLoaded();
        string device = options.Device != "auto" ? options.Device : native.HasCuda && torch.cuda.is_available() ? "cuda" : "cpu";
        return new InfoReport
        {
            Versions =
            [
                ("flora", VersionOf(typeof(InfoReport).Assembly)),
                ("torchsharp", VersionOf(typeof(torch).Assembly)),
                ("dotnet", Environment.Version.ToString()),
                ("os", $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}"),
            ],
            TorchFolder = native.TorchFolder,
            Engine = engine?.Info ?? new EngineInfo(
                device, options.DType, options.Threads ?? Environment.ProcessorCount, options.MaxRows, options.MaxSequences, options.KvTokens ?? 0, options.BlockTokens),
            KvTokensKnown = engine is not null || options.KvTokens is not null,
            Model = engine?.Model,
            Adapters = engine?.Adapters ?? [],
            Store = engine?.AdapterStore,
        };
    }

    /// <summary>The fields of the JSON line.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("versions");
        foreach ((string name, string version) in Versions)
            json.WriteString(name, version);
        json.WriteString("libtorch_folder", TorchFolder);
        json.WriteEndObject();
        json.WriteString("device", Engine.Device);
        json.WriteString("dtype", Engine.DType);
        json.WriteStartArray("simd");
        foreach (string set in InstructionSets.OfThisProcess())
            json.WriteStringValue(set);
        json.WriteEndArray();
        json.WriteNumber("threads", Engine.Threads);
        json.WriteStartObject("budgets");
        json.WriteNumber("max_rows", Engine.MaxRows);
        json.WriteNumber("max_sequences", Engine.MaxSequences);
        if (KvTokensKnown)
            json.WriteNumber("kv_tokens", Engine.KvTokens);
        else
            json.WriteNull("kv_tokens");
        json.WriteNumber("block_tokens", Engine.BlockTokens);
        json.WriteEndObject();
        if (Model is not null)
            WriteModel(json, Model);
    }

    /// <summary>The same for people.</summary>
    public string Describe()
    {
        StringBuilder text = new();
        void Line(string name, FormattableString value) => text.AppendLine(CultureInfo.InvariantCulture, $"{name,-10} {value.ToString(CultureInfo.InvariantCulture)}");
        foreach ((string name, string version) in Versions)
            Line(name, $"{version}");
        Line("libtorch", $"{TorchFolder}");
        Line("device", $"{Engine.Device}, {Engine.DType}, {Engine.Threads} threads");
        Line("simd", $"{string.Join(' ', InstructionSets.OfThisProcess())}");
        string cache = KvTokensKnown ? Engine.KvTokens.ToString(CultureInfo.InvariantCulture) : "as memory allows";
        Line("budgets", $"max rows {Engine.MaxRows}, max sequences {Engine.MaxSequences}, kv tokens {cache} in blocks of {Engine.BlockTokens}");
        if (Model is not null)
        {
            Line("model", $"{Model.Id} ({Model.Family}): {Model.ParameterCount:N0} parameters, vocabulary {Model.VocabularySize}, context {Model.ContextLength}{AudioSuffix(Model.Audio)}{CardFields.Suffix(Model.Card)}");
            foreach (AdapterInfo adapter in Adapters)
                Line("adapter", $"{adapter.Name}: {AdapterFields.Name(adapter.Kind)}, rank {adapter.Rank}, row width {adapter.RowWidth}{CardFields.Suffix(adapter.Card)} ({AdapterFields.State(adapter)})");
            if (Store is not null)
                Line("adapters", $"{AdapterFields.Describe(Store)}");
        }

        return text.ToString();
    }

    private void WriteModel(Utf8JsonWriter json, ModelInfo model)
    {
        json.WriteStartObject("model");
        json.WriteString("id", model.Id);
        json.WriteString("family", model.Family);
        json.WriteNumber("parameters", model.ParameterCount);
        json.WriteNumber("vocabulary", model.VocabularySize);
        json.WriteNumber("context", model.ContextLength);
        if (model.Audio is { } audio)
        {
            json.WriteStartObject("audio");
            json.WriteNumber("mel_bins", audio.MelBins);
            json.WriteNumber("window_seconds", WindowSeconds(audio));
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("audio");
        }

        json.WriteCard(model.Card);
        json.WriteEndObject();
        json.WriteStartArray("adapters");
        foreach (AdapterInfo adapter in Adapters)
        {
            json.WriteStartObject();
            json.WriteString("name", adapter.Name);
            json.WriteString("kind", AdapterFields.Name(adapter.Kind));
            json.WriteNumber("rank", adapter.Rank);
            json.WriteNumber("row_width", adapter.RowWidth);
            json.WriteString("state", AdapterFields.StateName(adapter.State));
            json.WriteNumber("bytes", adapter.Bytes);
            json.WriteNumber("references", adapter.References);
            json.WriteBoolean("pinned", adapter.IsPinned);
            json.WriteCard(adapter.Card);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (Store is not null)
            AdapterFields.Write(json, Store);
    }

    private static double WindowSeconds(AudioWindow audio) => audio.Frames / (double)LogMel.FramesPerSecond;

    private static string AudioSuffix(AudioWindow? audio) =>
        audio is null ? "" : string.Create(CultureInfo.InvariantCulture, $", speech in windows of {WindowSeconds(audio)} s ({audio.MelBins} mel bins)");

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? assembly.GetName().Version?.ToString() ?? "unknown";
}
