using FLoRA.Inference.Models;
using FLoRA.Inference.Models.Rotary;

namespace FLoRA.Inference.Tests.Models;

public class RotaryTests
{
    [Theory]
    [InlineData(10_000, 12)]
    [InlineData(500_000, 128)]
    public void Default_frequencies_are_a_geometric_series(double theta, int headDim)
    {
        var frequencies = RotaryFrequencies.Compute(new RopeSettings(RopeScaling.Default, theta), headDim).InverseFrequencies;

        Assert.Equal(headDim / 2, frequencies.Count);
        Assert.Equal(1, frequencies[0]);
        var ratio = Math.Exp(-2 * Math.Log(theta) / headDim);
        for (var i = 1; i < frequencies.Count; i++)
            Assert.Equal(ratio, frequencies[i] / frequencies[i - 1], 12);
    }

    [Fact]
    public void Linear_scaling_divides_by_the_factor()
    {
        using var folder = ModelFolder.Like("llama-mha", ("rope_parameters", "-"), ("rope_scaling", """{"type":"linear","factor":4.0}"""));
        var plain = ModelConfigReader.Read(ModelFolder.Golden("llama-mha")).Rotary!.InverseFrequencies;

        var scaled = ModelConfigReader.Read(folder.Path).Rotary!.InverseFrequencies;

        Assert.Equal(plain.Select(f => f / 4), scaled);
    }

    [Theory]
    [InlineData(16, 500_000, 8, 1, 4, 64)]
    [InlineData(128, 500_000, 8, 1, 4, 8192)]
    [InlineData(64, 500_000, 32, 1, 4, 8192)]
    [InlineData(64, 10_000, 2, 2, 3, 100)]
    public void Llama3_scaling_equals_the_published_rule(int headDim, double theta, double factor, double low, double high, int positions)
    {
        var settings = new RopeSettings(RopeScaling.Llama3, theta, factor, low, high, positions);

        var frequencies = RotaryFrequencies.Compute(settings, headDim).InverseFrequencies;

        Assert.Equal(headDim / 2, frequencies.Count);
        for (var i = 0; i < frequencies.Count; i++)
            Assert.Equal(1, frequencies[i] / ByWavelength(Math.Pow(theta, -2.0 * i / headDim), factor, low, high, positions), 12);
    }

    [Fact]
    public void Golden_llama3_model_has_kept_blended_and_scaled_frequencies()
    {
        var frequencies = ModelConfigReader.Read(ModelFolder.Golden("llama-gqa-rope3")).Rotary!.InverseFrequencies;

        var factors = frequencies.Select((f, i) => Math.Pow(500_000, -2.0 * i / 16) / f).ToArray();
        Assert.Equal(1, factors[0], 12);
        Assert.Contains(factors, f => f is > 1.001 and < 7.999);
        Assert.Equal(8, factors[^1], 12);
    }

    [Fact]
    public void Both_styles_mean_the_same()
    {
        const string scaling = """
            "factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":64,"rope_type":"llama3"
            """;
        using var newer = ModelFolder.Like("llama-gqa-rope3", ("rope_scaling", "-"), ("rope_theta", "-"),
            ("rope_parameters", $$"""{{{scaling}},"rope_theta":500000.0}"""));
        using var both = ModelFolder.Like("llama-gqa-rope3", ("rope_parameters", $$"""{{{scaling}},"rope_theta":500000.0}"""));
        var older = ModelConfigReader.Read(ModelFolder.Golden("llama-gqa-rope3")).Rotary!.InverseFrequencies;

        Assert.Equal(older, ModelConfigReader.Read(newer.Path).Rotary!.InverseFrequencies);
        Assert.Equal(older, ModelConfigReader.Read(both.Path).Rotary!.InverseFrequencies);
    }

    /// <summary>The rule as Llama 3.1 states it: three cases by wavelength, in positions per turn.</summary>
    private static double ByWavelength(double frequency, double factor, double low, double high, int positions)
    {
        var wavelength = 2 * Math.PI / frequency;
        if (wavelength < positions / high)
            return frequency;
        if (wavelength > positions / low)
            return frequency / factor;
        var smooth = (positions / wavelength - low) / (high - low);
        return (1 - smooth) * frequency / factor + smooth * frequency;
    }
}
