using System.Text.Json;
using FLoRA.Inference.Models.Safetensors;
using FLoRA.Inference.Speech.Audio;
using FLoRA.TestData;

namespace FLoRA.Inference.Tests.Speech;

/// <summary>Recordings and reference values; see tests/data/README.md. Those made from a third party's recording are not in the repository.</summary>
internal static class AudioData
{
    public static string File(string name) => Path.Combine(RepositoryData.Golden, "audio", name);

    public static AudioClip Clip(string name) => new AudioReader().ReadFile(File(name), TestContext.Current.CancellationToken);

    public static JsonElement[] Cases(string file)
    {
        using JsonDocument document = JsonDocument.Parse(System.IO.File.ReadAllBytes(file));
        return [.. document.RootElement.GetProperty("cases").EnumerateArray().Select(c => c.Clone())];
    }

    public static float[] Tensor(string file, string name)
    {
        using SafetensorsFile tensors = SafetensorsFile.Open(file);
        return tensors.ReadFloats(tensors.Tensors[name]);
    }
}
