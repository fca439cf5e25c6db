using System.Collections.Concurrent;
using CodeAgent.Agent;
using CodeAgent.Languages;

namespace CodeAgent.Tests.Agent;

/// <summary>Remembers what the loop showed.</summary>
internal sealed class RecordingView : IAgentView
{
    public ConcurrentQueue<string> Events { get; } = new();

    public void TaskStarted(int number, int count, CodingTask task) => Events.Enqueue($"task {number}/{count} {task.Name}");

    public void AttemptStarted(Language language, int attempt) => Events.Enqueue($"{language.Id} attempt {attempt}");

    public void TextArrived(Language language, string text) => Events.Enqueue($"{language.Id} text {text}");

    public void RunStarted(Language language) => Events.Enqueue($"{language.Id} run");

    public void AttemptEnded(Language language, Attempt attempt) => Events.Enqueue($"{language.Id} {attempt.Describe()}");
}
