namespace FLoRA.Benchmarks.Serving;

/// <summary>How long prompts and outputs are.</summary>
public abstract record TokenLengths
{
    /// <summary>Lengths of one request.</summary>
    /// <param name="random">Its random numbers.</param>
    /// <param name="context">Most tokens that the model holds.</param>
    internal abstract (int PromptTokens, int OutputTokens) Draw(Random random, int context);

    /// <summary>Most tokens of one request, prompt and output together.</summary>
    /// <param name="context">Most tokens that the model holds.</param>
    internal abstract int Longest(int context);
}

/// <summary>The same for all.</summary>
/// <param name="PromptTokens">Of a prompt.</param>
/// <param name="OutputTokens">Of an output.</param>
public sealed record FixedLengths(int PromptTokens, int OutputTokens) : TokenLengths
{
    internal override (int PromptTokens, int OutputTokens) Draw(Random random, int context) => (PromptTokens, OutputTokens);

    internal override int Longest(int context) => PromptTokens + OutputTokens;
}

/// <summary>
/// Drawn from a stored distribution of the kind of conversations: many short prompts and a few long ones, prompts of 161 and outputs of 338 tokens on average as
/// Kwon et al. (Efficient Memory Management for Large Language Model Serving with PagedAttention, 2023) give them for ShareGPT, 50 to 2,000 tokens together.
/// The shape between is ours.
/// </summary>
/// <param name="Scale">Factor on every length.</param>
public sealed record ConversationLengths(double Scale) : TokenLengths
{
    // Eleven points of each distribution: 0 %, 10 % .. 100 %.
    private static readonly double[] Prompts = [25, 27, 31, 38, 49, 65, 92, 138, 215, 380, 1000], Outputs = [25, 45, 90, 155, 230, 305, 380, 455, 540, 660, 1000];

    internal override (int PromptTokens, int OutputTokens) Draw(Random random, int context)
    {
        int prompt = Math.Max(1, (int)Math.Round(At(Prompts, random.NextDouble()) * Scale)), output = Math.Max(1, (int)Math.Round(At(Outputs, random.NextDouble()) * Scale));
        prompt = Math.Min(prompt, context - 1);
        return (prompt, Math.Min(output, context - prompt));
    }

    internal override int Longest(int context) => Math.Min(context, 2 + (int)((Prompts[^1] + Outputs[^1]) * Scale));

    private static double At(double[] points, double share)
    {
        double place = share * (points.Length - 1);
        int below = Math.Min((int)place, points.Length - 2);
        return points[below] + ((place - below) * (points[below + 1] - points[below]));
    }
}
