using CodeAgent.Agent;
using CodeAgent.Languages;

namespace CodeAgent.View;

/// <summary>A line per attempt, for a file, a pipe or a very small terminal.</summary>
internal sealed class PlainView(TextWriter output) : IAgentView
{
    private readonly Lock _lock = new();
    private string _position = "";

    public void TaskStarted(int number, int count, CodingTask task)
    {
        lock (_lock)
        {
            _position = $"[{number}/{count}]";
            output.WriteLine($"{_position} {task.Description}");
        }
    }

    public void AttemptStarted(Language language, int attempt)
    {
    }

    public void TextArrived(Language language, string text)
    {
    }

    public void RunStarted(Language language)
    {
    }

    public void AttemptEnded(Language language, Attempt attempt)
    {
        lock (_lock)
        {
            output.WriteLine($"{_position} {language.Name,-10}  try {attempt.Number}  {attempt.Tokens,3} tokens  {attempt.Describe()}");
        }
    }
}
