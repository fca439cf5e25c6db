namespace FLoRA.Inference.Scheduling;

/// <summary>Resolves how long a sequence may get, and refuses at once what can never fit.</summary>
/// <param name="ContextLength">Positions of the model.</param>
/// <param name="PoolTokens">Tokens that the key/value cache holds.</param>
internal readonly record struct RequestLimits(int ContextLength, int PoolTokens)
{
    /// <summary>Most tokens of any one sequence, prompt included.</summary>
    public int CapacityTokens => Math.Min(ContextLength, PoolTokens);

    /// <summary>Most tokens of this sequence, prompt included; without a limit of its own: the capacity.</summary>
    /// <exception cref="InvalidRequestException">Prompt plus one token, or plus the explicit limit, exceeds the capacity, or a number is below 1.</exception>
    public int ResolveMaxTokens(int promptTokens, int? maxNewTokens)
    {
        CheckPrompt(promptTokens);
        if (maxNewTokens < 1)
            throw new InvalidRequestException($"max_new_tokens (MaxNewTokens) must be at least 1; it is {maxNewTokens}.");
        long neededTokens = (long)promptTokens + (maxNewTokens ?? 1);
        CheckFits(neededTokens, maxNewTokens is null ? $"its prompt of {promptTokens} and one new token" : $"its prompt of {promptTokens} and max_new_tokens {maxNewTokens}");
        return maxNewTokens is null ? CapacityTokens : (int)neededTokens;
    }

    /// <summary>The same for a request that only scores its prompt: the prompt itself must fit.</summary>
    /// <exception cref="InvalidRequestException">The prompt is empty or exceeds the capacity.</exception>
    public int ResolveScoreTokens(int promptTokens)
    {
        CheckPrompt(promptTokens);
        CheckFits(promptTokens, "the text to score");
        return promptTokens;
    }

    private static void CheckPrompt(int promptTokens)
    {
        if (promptTokens < 1)
            throw new InvalidRequestException("The prompt must have at least one token; it has none.");
    }

    private void CheckFits(long neededTokens, string what)
    {
        if (neededTokens > ContextLength)
            throw new InvalidRequestException($"The request needs {neededTokens} tokens ({what}); the model's context has {ContextLength}. Shorten the prompt, lower max_new_tokens (MaxNewTokens) or use a model with a longer context.");
        if (neededTokens > PoolTokens)
            throw new InvalidRequestException($"The request needs {neededTokens} tokens ({what}); the key/value cache holds {PoolTokens}. Raise --kv-tokens (KvTokens), or shorten the request.");
    }
}
