using System.CommandLine;
using System.CommandLine.Parsing;
using FLoRA.Cli.Loading;
using FLoRA.Cli.Results;
using FLoRA.Inference;
using FLoRA.Inference.Sampling;
using FLoRA.Inference.Text;

namespace FLoRA.Cli.Verbs;

/// <summary><c>flora generate --prompt</c> and what goes with it.</summary>
internal sealed class PromptFlags
{
    private readonly Option<string?> _prompt = new("--prompt") { Description = "One prompt; its completion streams to the terminal.", HelpName = "TEXT" };
    private readonly Option<string?> _adapterId = new("--adapter-id") { Description = "Adapter that answers; default: the base model.", HelpName = "NAME" };
    private readonly Option<string?> _suffix = new("--suffix") { Description = "Text after the gap: the model fills in the middle.", HelpName = "TEXT" };
    private readonly Option<InfillForm?> _infillForm = new("--infill-form")
    {
        Description = "How the gap is written; default: found in the tokenizer. " + string.Join(", ", InfillForm.Known.Select(form => form.Name)) + ", or a text with {prefix} and {suffix}.",
        HelpName = "FORM",
        CustomParser = ParseForm,
    };

    private readonly Option<int?> _maxNewTokens = WholeNumber.Option("--max-new-tokens", "Most tokens to produce; default: what context and cache allow.");
    private readonly Option<double?> _temperature = Number.Option<double>("--temperature", "0 (default): greedy.", "T", "a number");
    private readonly Option<int?> _topK = WholeNumber.Option("--top-k", "Keeps the N most likely tokens; 0: off.", least: 0);
    private readonly Option<double?> _topP = Number.Option<double>("--top-p", "Keeps the smallest set of tokens whose probability reaches p.", "P", "a number");
    private readonly Option<long?> _seed = Number.Option<long>("--seed", "Seed of the random numbers.", "S", "a whole number of 64 bits");
    private readonly Option<string[]> _stop = new("--stop") { Description = "Text that ends the completion; may be repeated.", HelpName = "TEXT" };
    private readonly Option<bool> _json = new("--json") { Description = "One JSON line in the end instead of streamed text." };

    private Option[] Besides => [_adapterId, _suffix, _infillForm, _maxNewTokens, _temperature, _topK, _topP, _seed, _stop, _json];

    /// <summary>Adds the options.</summary>
    public void AddTo(Command command)
    {
        command.Add(_prompt);
        foreach (Option option in Besides)
            command.Add(option);
    }

    /// <summary>True if <c>--prompt</c> is there.</summary>
    public bool IsGiven(CommandResult result) => result.GetResult(_prompt) is not null;

    /// <summary>Names of the other options that are there.</summary>
    public IEnumerable<string> GivenBesides(CommandResult result) =>
        Besides.Where(option => result.GetResult(option) is { Implicit: false }).Select(option => option.Name);

    /// <summary>Answers the prompt.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public Task<int> RunAsync(ParseResult parsed, RunFlags run, EngineOptions options, Terminal terminal, CancellationToken cancellationToken)
    {
        TextRequest request = Request(parsed);
        return run.RunAsync(parsed, options, terminal, async (session, trace, seen) =>
        {
            try
            {
                await using TextStream stream = session.Generator.Start(request);
                trace?.Name(stream.RequestId, null);
                await AnswerAsync(request, stream, seen, parsed.GetValue(_json), terminal, cancellationToken);
                return ExitCode.Success;
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                if (seen)
                    await terminal.Error.WriteLineAsync($"flora: {ErrorText.Of(error, FloraCommand.IsVerbose(parsed))}");
                return ExitCode.RequestFailed;
            }
        }, cancellationToken);
    }

    private static async Task AnswerAsync(TextRequest request, TextStream stream, bool seen, bool json, Terminal terminal, CancellationToken cancellationToken)
    {
        if (seen && !json)
        {
            await StreamedText.WriteAsync(stream, terminal, cancellationToken);
            return;
        }

        TextResult result = await stream.ReadToEndAsync(cancellationToken);
        if (seen)
            new JsonLines(terminal.Output).Write(writer => GenerateResult.Write(writer, request, result));
    }

    private static InfillForm? ParseForm(ArgumentResult result)
    {
        try
        {
            return InfillForm.Parse(result.Tokens[0].Value);
        }
        catch (FormatException e)
        {
            result.AddError($"--infill-form: {e.Message}");
            return null;
        }
    }

    private TextRequest Request(ParseResult parsed)
    {
        SamplingOptions off = SamplingOptions.Greedy;
        return new TextRequest
        {
            Prompt = parsed.GetValue(_prompt),
            Suffix = parsed.GetValue(_suffix),
            InfillForm = parsed.GetValue(_infillForm),
            Adapter = parsed.GetValue(_adapterId),
            MaxNewTokens = parsed.GetValue(_maxNewTokens),
            Stop = parsed.GetValue(_stop) ?? [],
            Sampling = new SamplingOptions
            {
                Temperature = parsed.GetValue(_temperature) ?? off.Temperature,
                TopK = parsed.GetValue(_topK) ?? off.TopK,
                TopP = parsed.GetValue(_topP) ?? off.TopP,
                Seed = parsed.GetValue(_seed),
            },
        };
    }
}
