using System.Text;
using FLoRA.Inference.Tests.Text.Templates;
using FLoRA.Inference.Text.Templates;

namespace FLoRA.Inference.Tests.Fuzzing;

/// <summary>Damaged templates: an error of ours when they are read or carried out, or a text.</summary>
public sealed class TemplateFuzzTests
{
    private const long SmallWork = 1000;

    private static readonly string[] Words =
        ["{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "(", ")", "[", "]", "{", "}", "'", "\"", "\\", "|", ".", ",", ":", "**", "//", "~", "99999999999999999999", "0x", "1e999", " if ", " else ", " for ", " in ", " is ", " not ", "range(9)", "loop", "ns.x", "::-1", "\ud83d", "\0"];

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    public void Damaged_templates(int seed)
    {
        Mutator mutator = new(seed, Words);
        int refused = 0, rendered = 0;
        for (int i = 0; i < 10_000; i++)
        {
            string source = Encoding.UTF8.GetString(mutator.Damage(Encoding.UTF8.GetBytes(TemplateTests.Sources[i % TemplateTests.Sources.Count])));
            try
            {
                TemplateTests.Render(source, new RenderBudget(SmallWork));
                rendered++;
            }
            catch (TemplateException e)
            {
                Assert.NotNull(e.Message);
                refused++;
            }
        }

        Assert.True(refused > 100 && rendered > 100, $"{refused} refused, {rendered} rendered: the damage is of no use");
    }
}
