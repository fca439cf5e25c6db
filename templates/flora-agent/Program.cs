using FLoRA.SemanticKernel;
using FloraAgent;
using Microsoft.Agents.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
builder.Services.AddFlora(builder.Configuration.GetSection("Flora"));
using IHost host = builder.Build();
await host.StartAsync(); // The model is loaded and warm from here on.

FloraChatClient client = host.Services.GetRequiredService<FloraChatClient>();
AgentSettings[] settings = builder.Configuration.GetSection("Agents").Get<AgentSettings[]>(binder => binder.ErrorOnUnknownConfiguration = true)
    ?? throw new InvalidOperationException("appsettings.json names no \"Agents\".");
List<(AIAgent Agent, AgentSession Session)> talks = [];
foreach (AgentSettings agent in settings)
{
    AIAgent made = agent.Create(client);
    talks.Add((made, await made.CreateSessionAsync()));
}

// "dotnet run -- QUESTION" asks once; without a question it is a conversation, to an empty line.
if (args.Length > 0)
    await AskAsync(string.Join(' ', args));
else
    for (string? line = Prompt(); !string.IsNullOrWhiteSpace(line); line = Prompt())
        await AskAsync(line);

await host.StopAsync();

// Every agent answers at once: one engine, one batch, an adapter each.
async Task AskAsync(string question)
{
    AgentResponse[] answers = await Task.WhenAll(talks.Select(talk => talk.Agent.RunAsync(question, talk.Session)));
    foreach (((AIAgent agent, _), AgentResponse answer) in talks.Zip(answers))
        Console.WriteLine($"{agent.Name}: {answer.Text}\n");
}

static string? Prompt()
{
    Console.Write("> ");
    return Console.ReadLine();
}
