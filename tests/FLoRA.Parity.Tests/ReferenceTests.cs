using FLoRA.Parity.Tests.Reference;

namespace FLoRA.Parity.Tests;

/// <summary>The slow decoder of these tests against the golden numbers, so that it may judge where there are none.</summary>
public class ReferenceTests
{
    private const double Tolerance = 2e-4;

    public static TheoryData<string> Models => new("gptbigcode-mqa", "gptbigcode-mha", "llama-mha", "llama-gqa-rope3", "starcoder2", "qwen2", "qwen3");

    [Theory, MemberData(nameof(Models))]
    public void Slow_decoder_gives_the_golden_numbers(string name)
    {
        GoldenModel golden = GoldenModel.Named(name);
        var model = ReferenceModel.Load(golden.ModelFolder);
        foreach (GoldenCase c in golden.Cases)
        {
            var adapter = c.Adapter is null ? null : new ReferenceAdapter(golden.AdapterFolder(c.Adapter));
            ReferenceText text = ReferenceText.Of(model, adapter, c.Tokens);
            text.AssertLogprobs(c.Logprobs, Tolerance, c.Name);
            text.AssertTop(c.LastTop, Tolerance, c.Name);
        }
    }

    [Theory]
    [InlineData(0.3, 0.32862675945912742)]
    [InlineData(-1.5, -0.96610514647531073)]
    [InlineData(4, 0.99999998458274210)]
    public void Error_function_is_right(double x, double expected) => Assert.Equal(expected, ReferenceMath.Erf(x), 14);
}
