namespace FLoRA.Inference.Adapters.Peft;

/// <summary>Everything found wrong with one adapter folder, so that one message lists it all.</summary>
internal sealed class ProblemList
{
    /// <summary>A folder made for another model is wrong in every tensor; nobody reads the two-hundredth line.</summary>
    private const int MaxListed = 40;

    private readonly List<string> _listed = [];

    /// <summary>Problems found, also those that are not listed.</summary>
    public int Count { get; private set; }

    /// <summary>Notes one problem.</summary>
    public void Add(string problem)
    {
        if (Count++ < MaxListed)
            _listed.Add(problem);
    }

    /// <summary>The exception that lists them.</summary>
    public AdapterLoadException ToException(string folder)
    {
        var left = Count - _listed.Count;
        return new AdapterLoadException(folder, left == 0 ? [.. _listed] : [.. _listed, $"and {left} more problems"]);
    }
}
