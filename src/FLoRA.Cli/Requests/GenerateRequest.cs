using System.Globalization;
using System.Text.Json;
using FLoRA.Inference;
using FLoRA.Inference.Sampling;
using FLoRA.Inference.Text;

namespace FLoRA.Cli.Requests;

/// <summary>The fields of a request to <c>flora generate</c>.</summary>
internal static class GenerateRequest
{
    /// <exception cref="InvalidRequestException">Lists every field that is wrong or unknown.</exception>
    public static TextRequest Read(FieldReader fields)
    {
        SamplingOptions off = SamplingOptions.Greedy;
        TextRequest request = new()
        {
            Adapter = fields.Text("adapter"),
            PromptTokens = fields.Integers("tokens"),
            Prompt = fields.Text("prompt"),
            Suffix = fields.Text("suffix"),
            InfillForm = fields.Value("infill_form", "the form of a gap", element => element.ValueKind == JsonValueKind.String, AsForm),
            Messages = TurnReader.Read(fields),
            Template = TurnReader.Options(fields),
            MaxNewTokens = fields.Integer("max_new_tokens"),
            Sampling = new SamplingOptions
            {
                Temperature = fields.Number("temperature") ?? off.Temperature,
                TopK = fields.Integer("top_k") ?? off.TopK,
                TopP = fields.Number("top_p") ?? off.TopP,
                MinP = fields.Number("min_p") ?? off.MinP,
                RepetitionPenalty = fields.Number("repetition_penalty") ?? off.RepetitionPenalty,
                PresencePenalty = fields.Number("presence_penalty") ?? off.PresencePenalty,
                FrequencyPenalty = fields.Number("frequency_penalty") ?? off.FrequencyPenalty,
                LogitBias = fields.Value("logit_bias", "an object of token ids and numbers", IsBias, AsBias) ?? off.LogitBias,
                Seed = fields.LongInteger("seed"),
            },
            Stop = fields.Texts("stop") ?? [],
            StopTokens = fields.Integers("stop_tokens") ?? [],
            IgnoreEos = fields.Flag("ignore_eos"),
            Logprobs = fields.Flag("logprobs"),
        };
        int prompts = (request.PromptTokens is null ? 0 : 1) + (request.Prompt is null ? 0 : 1) + (request.Messages is null ? 0 : 1);
        fields.Require(prompts == 1, "expected exactly one of tokens, prompt and messages");
        fields.Require(request.Suffix is null || request.Prompt is not null, "suffix: goes with prompt only");
        fields.Require(request.InfillForm is null || request.Suffix is not null, "infill_form: goes with suffix only");
        fields.Require(request.Template is null || request.Messages is not null, "template_name, template_variables: go with messages only");
        fields.Finish();
        return request;
    }

    private static InfillForm AsForm(JsonElement element)
    {
        try
        {
            return InfillForm.Parse(element.GetString()!);
        }
        catch (FormatException e)
        {
            throw new InvalidRequestException($"infill_form: {e.Message}");
        }
    }

    private static bool IsBias(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object
        && element.EnumerateObject().All(entry => TokenId(entry.Name) is not null && entry.Value.ValueKind == JsonValueKind.Number)
        && element.EnumerateObject().DistinctBy(entry => TokenId(entry.Name)).Count() == element.EnumerateObject().Count();

    private static Dictionary<int, double> AsBias(JsonElement element) =>
        element.EnumerateObject().ToDictionary(entry => TokenId(entry.Name)!.Value, entry => entry.Value.GetDouble());

    private static int? TokenId(string name) => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : null;
}
