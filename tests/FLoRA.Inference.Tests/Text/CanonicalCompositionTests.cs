using System.Text.Json;
using FLoRA.Inference.Text.Tokenization;

namespace FLoRA.Inference.Tests.Text;

public sealed class CanonicalCompositionTests
{
    [Fact]
    public void Composes_as_the_reference()
    {
        JsonElement[] cases = [.. TextData.Json(TextData.CompositionCases).EnumerateArray()];
        Assert.NotEmpty(cases);
        Assert.All(cases, @case => Assert.Equal(@case.GetProperty("nfc").GetString(), CanonicalComposition.Compose(@case.GetProperty("text").GetString()!)));
    }

    [Fact]
    public void All_forms_are_as_the_reference()
    {
        JsonElement[] cases = [.. TextData.Json(TextData.FormCases).EnumerateArray()];
        Assert.Equal(400, cases.Length);
        Assert.All(cases, @case =>
        {
            string text = @case.GetProperty("text").GetString()!;
            Assert.Equal(@case.GetProperty("nfd").GetString(), CanonicalComposition.Normalize(text, compatibility: false, compose: false));
            Assert.Equal(@case.GetProperty("nfkc").GetString(), CanonicalComposition.Normalize(text, compatibility: true, compose: true));
            Assert.Equal(@case.GetProperty("nfkd").GetString(), CanonicalComposition.Normalize(text, compatibility: true, compose: false));
        });
    }

    [Theory]
    [InlineData("")]
    [InlineData("plain text\nÿ")]
    [InlineData("한국어 中文 🦙 ﬁ ½")]
    public void What_is_composed_stays(string text) => Assert.Equal(text, CanonicalComposition.Compose(text));

    [Fact]
    public void A_long_run_of_marks_is_no_burden()
    {
        string marks = string.Concat(Enumerable.Repeat("\u0323\u0307", 50_000));
        Assert.Equal("\u1E69" + new string('\u0323', 49_999) + new string('\u0307', 49_999), CanonicalComposition.Compose("s" + marks));
    }
}
