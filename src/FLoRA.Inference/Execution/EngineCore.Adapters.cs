using System.Diagnostics;
using FLoRA.Inference.Adapters;
using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Execution;

/// <summary>Adapters come to the device when a sequence that needs them is admitted; a copy of bytes, since they are packed where they are loaded.</summary>
internal sealed partial class EngineCore
{
    private readonly Dictionary<AdapterVersion, InstalledAdapter> _installed = [];
    private readonly List<(Sequence Sequence, Exception Exception)> _uninstallable = [];
    private readonly AdapterSlots<AdapterVersion> _slots;
    private volatile SlotTotals _slotTotals = new(0, 0, 0, 0, TimeSpan.Zero, 0);
    private long _installTicks;

    /// <summary>Bytes that adapters have on the device.</summary>
    public long AdapterByteBudget => _model.Bank.Capacity.Bytes;

    /// <summary>What is resident, as of the last change; any thread.</summary>
    public SlotTotals Slots => _slotTotals;

    /// <summary>Makes an adapter resident that is to stay so; later, when it is next used, where there is no room now.</summary>
    public bool KeepResident(AdapterVersion version) => !_disposed && version is { IsKept: true } && MakeResident(version);

    /// <summary>Makes an adapter resident if there is room that nobody has.</summary>
    public bool TryFill(AdapterVersion version) => _slots.ResidentBytes + version.BankBytes <= _model.Bank.Capacity.Bytes && MakeResident(version);

    /// <summary>Makes an adapter resident if there is room beside what is held and kept.</summary>
    public bool MakeResident(AdapterVersion version)
    {
        try
        {
            return version.Image is not null && !_lost.Task.IsCompleted && _slots.TryMakeResident(version, version.BankBytes);
        }
        finally
        {
            NoteSlots();
        }
    }

    /// <summary>Frees the slot of a version that nobody uses any more.</summary>
    public void Retire(AdapterVersion version)
    {
        if (_disposed || _lost.Task.IsCompleted)
            return; // all of it goes with the model
        _scheduler.Retire(version);
        _slots.Forget(version);
        NoteSlots();
    }

    /// <summary>Whether a sequence has what it needs of the bank. One whose adapter cannot be copied fails alone, after the step has been scheduled.</summary>
    private bool TryHoldSlot(Sequence sequence)
    {
        if (sequence.AdapterPin is not AdapterVersion version)
            return true;
        try
        {
            return _slots.TryHold(version, version.BankBytes);
        }
        catch (Exception exception)
        {
            _uninstallable.Add((sequence, exception));
            return false;
        }
        finally
        {
            NoteSlots();
        }
    }

    private void FailUninstallable()
    {
        foreach ((Sequence sequence, Exception exception) in _uninstallable)
            Fail(sequence, new EngineFaultException($"Adapter '{sequence.Request.Adapter}' could not be copied to the device: {FirstLine(exception)}", exception) { IsDeviceFault = true });
        _uninstallable.Clear();
    }

    private void ReleaseSlots(List<Sequence> sequences)
    {
        foreach (Sequence sequence in sequences)
            ReleaseSlot(sequence);
    }

    private void ReleaseSlot(Sequence sequence)
    {
        if (sequence.AdapterPin is AdapterVersion version)
            _slots.Release(version);
    }

    private bool TryInstall(AdapterVersion version)
    {
        if (version.Image is not { } image)
            return false; // nobody runs with it: a request holds its copy
        long started = Stopwatch.GetTimestamp();
        InstalledAdapter? installed = _model.Bank.TryInstall(image);
        _installTicks += Stopwatch.GetTimestamp() - started;
        if (installed is null)
            return false;
        _installed.Add(version, installed);
        _store.MarkResident(version, isResident: true);
        return true;
    }

    private void Uninstall(AdapterVersion version)
    {
        if (!_installed.Remove(version, out InstalledAdapter? installed))
            return;
        _model.Encoder?.Forget(installed);
        _model.Bank.Remove(installed);
        _store.MarkResident(version, isResident: false);
    }

    private void NoteSlots()
    {
        if (_slotTotals.Installs != _slots.Installs || _slotTotals.Hits != _slots.Hits || _slotTotals.Count != _slots.Count)
            _slotTotals = new SlotTotals(_slots.Count, _slots.ResidentBytes, _slots.Hits, _slots.Installs, Stopwatch.GetElapsedTime(0, _installTicks), _slots.Evictions);
    }
}

/// <summary>What the slots of adapters hold, and what was done for it since the start.</summary>
/// <param name="Count">Resident adapters.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Hits">Admissions that found their adapter resident.</param>
/// <param name="Installs">Adapters that were copied to the device.</param>
/// <param name="InstallTime">Time that took.</param>
/// <param name="Evictions">Adapters that made room for others.</param>
internal sealed record SlotTotals(int Count, long Bytes, long Hits, long Installs, TimeSpan InstallTime, long Evictions);
