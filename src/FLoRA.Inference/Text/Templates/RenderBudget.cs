using System.Runtime.CompilerServices;

namespace FLoRA.Inference.Text.Templates;

/// <summary>
/// What a template may use up: it comes from a stranger. Work counts a step for each part of the template that is carried out and a step for each
/// character that is made or searched; depth is that of macros and nested values. For one rendering; not thread-safe.
/// </summary>
/// <param name="work">Steps.</param>
/// <param name="output">Characters that may be written.</param>
internal sealed class RenderBudget(long work, long output)
{
    private const long BaseWork = 20_000_000, WorkPerCharacter = 256;
    private const long BaseOutput = 4_000_000, OutputPerCharacter = 16;
    private const int MostDepth = 200;

    private long _output;
    private int _depth;

    /// <param name="inputCharacters">Characters of the conversation, which longer work is allowed for.</param>
    public RenderBudget(long inputCharacters)
        : this(BaseWork + (WorkPerCharacter * inputCharacters), BaseOutput + (OutputPerCharacter * inputCharacters))
    {
    }

    /// <summary>Steps used up so far.</summary>
    public long Spent { get; private set; }

    /// <summary>Uses up work.</summary>
    /// <exception cref="TemplateException">There is none left.</exception>
    public void Spend(long steps)
    {
        Spent += Math.Max(1, steps);
        if (Spent > work)
            throw new TemplateException($"it takes more than {work} steps");
    }

    /// <summary>Uses up output, and the work of writing it.</summary>
    /// <exception cref="TemplateException">There is none left.</exception>
    public void Write(int characters)
    {
        Spend(characters);
        _output += characters;
        if (_output > output)
            throw new TemplateException($"it writes more than {output} characters");
    }

    /// <summary>One level down; every call needs its <see cref="Leave"/>.</summary>
    /// <exception cref="TemplateException">It is too deep.</exception>
    public void Enter()
    {
        if (++_depth > MostDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new TemplateException($"it nests more than {_depth - 1} levels deep");
    }

    /// <summary>One level up.</summary>
    public void Leave() => _depth--;
}
