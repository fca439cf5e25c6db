using FLoRA.Cli.Loading;
using FLoRA.Cli.Results;
using FLoRA.Inference;
using FLoRA.Inference.Sampling;
using FLoRA.Inference.Text;

namespace FLoRA.Cli.Verbs;

/// <summary>The loop of <c>flora chat</c>: a line in, a command or a turn. Answers go to stdout, all else to stderr.</summary>
internal sealed class Conversation(Session session, Terminal terminal, int maxNewTokens, double temperature, bool verbose = false)
{
    private const string Help = "/adapter NAME switches (/adapter alone: the base model), /adapters lists, /reset forgets the conversation, /exit ends";

    private readonly List<ChatTurn> _turns = [];
    private string? _adapter;

    /// <summary>For the model's chat template; null: nothing.</summary>
    public TemplateOptions? Template { get; init; }

    /// <summary>Reads lines until <c>/exit</c> or the end of the input.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await terminal.Error.WriteLineAsync($"{session.Engine.Model.Id} on {session.Engine.Info.Device}. {Help}");
        while (true)
        {
            await terminal.Error.WriteAsync($"{_adapter ?? "base"}> ");
            string? line = (await terminal.Input.ReadLineAsync(cancellationToken))?.Trim();
            if (line is null or "/exit")
                return;
            if (line.StartsWith('/'))
                Command(line);
            else if (line.Length > 0)
                await AnswerAsync(line, cancellationToken);
        }
    }

    /// <summary>Later turns are answered by this adapter.</summary>
    /// <returns>False if there is none of that name; it has been said then.</returns>
    public bool Switch(string name)
    {
        if (!session.Engine.OffersAdapter(name))
        {
            terminal.Error.WriteLine($"flora: {new AdapterNotFoundException(name, [.. session.Engine.Adapters.Select(adapter => adapter.Name)]).Message}");
            return false;
        }

        _adapter = name;
        return true;
    }

    private void Command(string line)
    {
        string[] words = line.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        switch (words)
        {
            case ["/adapter"]:
                _adapter = null;
                break;
            case ["/adapter", var name]:
                Switch(name);
                break;
            case ["/adapters"]:
                foreach (AdapterInfo adapter in session.Engine.Adapters)
                    terminal.Error.WriteLine($"{(adapter.Name == _adapter ? "*" : " ")} {adapter.Name}  ({AdapterFields.Name(adapter.Kind)}, rank {adapter.Rank}){CardFields.Suffix(adapter.Card)} ({AdapterFields.State(adapter)})");
                terminal.Error.WriteLine($"  {AdapterFields.Describe(session.Engine.AdapterStore)}");
                break;
            case ["/reset"]:
                _turns.Clear();
                break;
            default:
                terminal.Error.WriteLine($"unknown command {words[0]}: {Help}");
                break;
        }
    }

    /// <summary>One turn and its answer; where it fails the turn is taken back and the conversation goes on.</summary>
    private async Task AnswerAsync(string line, CancellationToken cancellationToken)
    {
        _turns.Add(new ChatTurn("user", line));
        try
        {
            await using TextStream stream = session.Generator.Start(new TextRequest
            {
                Messages = [.. _turns],
                Template = Template,
                Adapter = _adapter,
                MaxNewTokens = maxNewTokens,
                Sampling = new SamplingOptions { Temperature = temperature },
            });
            string text = await StreamedText.WriteAsync(stream, terminal, cancellationToken);
            _turns.Add(new ChatTurn("assistant", text.Trim()));
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            _turns.RemoveAt(_turns.Count - 1);
            await terminal.Error.WriteLineAsync($"flora: {ErrorText.Of(error, verbose)}");
        }
    }
}
