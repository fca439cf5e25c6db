using System.CommandLine;
using System.Text.Json;
using FLoRA.Cli.Loading;
using FLoRA.Cli.Requests;
using FLoRA.Cli.Results;
using FLoRA.Inference;
using FLoRA.Inference.Text;

namespace FLoRA.Cli.Verbs;

/// <summary><c>flora score</c>: log-probabilities of given texts.</summary>
internal static class ScoreVerb
{
    public static Command Create(Terminal terminal)
    {
        Option<string?> requests = RequestFile.CreateOption(required: true);
        RunFlags run = new(ModelKind.Text);
        Command command = new("score", "Log-probabilities of texts: {\"id\",\"adapter\",\"tokens\" | \"text\"} in, {\"id\",\"logprobs\",\"top\"} out.") { requests };
        EngineFlags engine = new(command);
        run.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            IReadOnlyList<RequestLine> lines = await RequestFile.ReadAsync(parsed.GetRequiredValue(requests)!, terminal, cancellationToken);
            return await run.RunFileAsync(parsed, engine.Read(parsed), lines, terminal, (session, line, trace) => AnswerAsync(session, line, trace, cancellationToken), cancellationToken);
        });
        return command;
    }

    private static async Task<Action<Utf8JsonWriter>> AnswerAsync(Session session, RequestLine line, TraceFile? trace, CancellationToken cancellationToken)
    {
        FieldReader fields = line.Read();
        string? adapter = fields.Text("adapter");
        IReadOnlyList<int>? given = fields.Integers("tokens");
        string? text = fields.Text("text");
        fields.Require(given is null != (text is null), "expected exactly one of tokens and text");
        fields.Finish();
        IReadOnlyList<int> tokens = given ?? Encode(session.Tokenizer, text!);
        ScoreResult result = await session.Engine.ScoreAsync(tokens, adapter, cancellationToken);
        trace?.Name(result.RequestId, line.Id);
        return json =>
        {
            if (given is null)
                json.WriteIntegers("tokens", tokens);
            json.WriteNumbers("logprobs", result.Logprobs);
            json.WriteStartArray("top");
            foreach ((int id, float logit) in result.Top)
            {
                json.WriteStartArray();
                json.WriteNumberValue(id);
                json.WriteFinite(logit);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        };
    }

    /// <summary>As a prompt is encoded: after the ids that the model expects before every text.</summary>
    private static IReadOnlyList<int> Encode(Tokenizer? tokenizer, string text) => tokenizer is null
        ? throw new InvalidRequestException("text: the model has no tokenizer; give tokens")
        : [.. tokenizer.PromptStart, .. tokenizer.Encode(text)];
}
