using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

/// <summary>Slots for adapters, as the engine's bank has them: taken at admission, given back at preemption or end.</summary>
internal sealed class SlotBank(int slots)
{
    private readonly Dictionary<int, int> _users = [];

    /// <summary>Sequences that hold a slot.</summary>
    public int Users => _users.Values.Sum();

    public bool TryAcquire(Sequence sequence)
    {
        int adapter = (int)sequence.AdapterPin!;
        if (adapter == 0)
            return true;
        if (!_users.ContainsKey(adapter) && _users.Count == slots)
            return false;
        _users[adapter] = _users.GetValueOrDefault(adapter) + 1;
        return true;
    }

    public void Release(Sequence sequence)
    {
        int adapter = (int)sequence.AdapterPin!;
        if (adapter != 0 && --_users[adapter] == 0)
            _users.Remove(adapter);
    }
}
