namespace FLoRA.SemanticKernel;

/// <summary>The names that a call may use now: what is registered, and what the adapter root has.</summary>
/// <param name="registered">Registered ones; these are listed in messages.</param>
/// <param name="offers">Whether another name is to be had.</param>
internal sealed class AdapterNames(IReadOnlyCollection<string> registered, Func<string, bool> offers)
{
    internal IReadOnlyCollection<string> Registered => registered;

    internal bool Contains(string name) => registered.Contains(name) || offers(name);
}
