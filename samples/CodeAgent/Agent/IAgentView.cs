using CodeAgent.Languages;

namespace CodeAgent.Agent;

/// <summary>Sees the agent at work. Members of different languages are called at the same time.</summary>
internal interface IAgentView
{
    /// <summary>A task begins for all languages; nothing of the task before is going on any more.</summary>
    void TaskStarted(int number, int count, CodingTask task);

    /// <summary>A completion begins.</summary>
    void AttemptStarted(Language language, int attempt);

    /// <summary>More of the completion.</summary>
    void TextArrived(Language language, string text);

    /// <summary>The completion is there and its program runs.</summary>
    void RunStarted(Language language);

    /// <summary>The attempt is judged.</summary>
    void AttemptEnded(Language language, Attempt attempt);
}
