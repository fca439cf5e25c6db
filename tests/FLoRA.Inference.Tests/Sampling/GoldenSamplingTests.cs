using System.Text.Json;
using FLoRA.Inference.Sampling;
using FLoRA.TestData;

namespace FLoRA.Inference.Tests.Sampling;

/// <summary>Every case of sampling.json: what transformers' processors and OpenAI's formula leave of one vector of logits.</summary>
public sealed class GoldenSamplingTests
{
    private const double Tolerance = 1e-6;

    public static IEnumerable<TheoryDataRow<int, string>> Cases() =>
        Load().Select((golden, number) => new TheoryDataRow<int, string>(number, golden.GetProperty("options").GetRawText()));

    [Theory]
    [MemberData(nameof(Cases))]
    public void LeavesTheReferenceProbabilities(int number, string options)
    {
        JsonElement golden = Load()[number];
        SampleRow row = SamplerHarness.Row(Options(JsonDocument.Parse(options).RootElement), Ints(golden, "prompt"), Ints(golden, "generated"));
        float[] logits = [.. golden.GetProperty("logits").EnumerateArray().Select(x => x.GetSingle())];
        double[] expected = [.. golden.GetProperty("probabilities").EnumerateArray().Select(x => x.GetDouble())];

        // Beside a greedy and an unfiltered row, so that the filters work on a selection of rows.
        float[][] batch = [logits, logits, logits];
        SampleRow unfiltered = SamplerHarness.Row(new SamplingOptions { Temperature = 1 });
        double[] actual = SamplerHarness.Probabilities(batch, unfiltered, row, SamplerHarness.Row(SamplingOptions.Greedy))[1];
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
        Assert.Equal(actual, SamplerHarness.Probabilities([logits], row)[0]);
    }

    /// <summary>The harness compares the form for host memory with the tensor form; here at 64 random numbers per case.</summary>
    [Fact]
    public void BothFormsPickAlike()
    {
        foreach (JsonElement golden in Load())
        {
            float[] logits = [.. golden.GetProperty("logits").EnumerateArray().Select(x => x.GetSingle())];
            SamplingOptions options = Options(golden.GetProperty("options"));
            SampleRow[] rows = [.. Enumerable.Range(0, 64).Select(i => SamplerHarness.Row(options, Ints(golden, "prompt"), Ints(golden, "generated"), seed: 7, index: i))];
            (long[] ids, _) = SamplerHarness.Sample([.. rows.Select(_ => logits)], rows);
            double[] probabilities = [.. golden.GetProperty("probabilities").EnumerateArray().Select(x => x.GetDouble())];
            Assert.All(ids, id => Assert.True(probabilities[id] > 0));
        }
    }

    private static JsonElement[] Load()
    {
        string path = Path.Combine(RepositoryData.Golden, "sampling.json");
        return [.. JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("cases").EnumerateArray()];
    }

    private static int[] Ints(JsonElement golden, string name) => [.. golden.GetProperty(name).EnumerateArray().Select(x => x.GetInt32())];

    /// <summary>The file's options; a temperature that is not named is 1.</summary>
    private static SamplingOptions Options(JsonElement options)
    {
        double Number(string name, double absent) => options.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : absent;
        string[] known = ["repetition_penalty", "presence_penalty", "frequency_penalty", "logit_bias", "temperature", "top_k", "top_p", "min_p"];
        Assert.All(options.EnumerateObject(), property => Assert.Contains(property.Name, known));
        return new SamplingOptions
        {
            RepetitionPenalty = Number("repetition_penalty", 1),
            PresencePenalty = Number("presence_penalty", 0),
            FrequencyPenalty = Number("frequency_penalty", 0),
            LogitBias = options.TryGetProperty("logit_bias", out JsonElement bias)
                ? bias.EnumerateObject().ToDictionary(p => int.Parse(p.Name, System.Globalization.CultureInfo.InvariantCulture), p => p.Value.GetDouble())
                : new Dictionary<int, double>(),
            Temperature = Number("temperature", 1),
            TopK = (int)Number("top_k", 0),
            TopP = Number("top_p", 1),
            MinP = Number("min_p", 0),
        };
    }
}
