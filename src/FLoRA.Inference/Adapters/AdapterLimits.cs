namespace FLoRA.Inference.Adapters;

/// <summary>What an engine can serve at all; an adapter beyond it is refused when it is loaded.</summary>
/// <param name="MaxRows">Row budget of a step.</param>
/// <param name="Capacity">Of the bank.</param>
internal sealed record AdapterLimits(int MaxRows, BankCapacity Capacity)
{
    /// <summary>Refuses an adapter whose sequences could never be in a step, or that an empty bank has no room for.</summary>
    /// <exception cref="AdapterLoadException">It is too wide or too large; names the option to raise.</exception>
    public void Check(AdapterImage image)
    {
        Adapter adapter = image.Adapter;
        if (adapter.RowWidth > MaxRows)
        {
            throw new AdapterLoadException(
                adapter.Folder,
                [$"it needs {adapter.RowWidth} rows for one token, but a step has {MaxRows}: raise --max-rows (MaxRows) to {adapter.RowWidth} or more"]);
        }

        if (!Capacity.Fits(image))
        {
            throw new AdapterLoadException(
                adapter.Folder,
                [$"it needs {image.BankBytes} bytes on the device (rank {adapter.Rank}), but adapters have {Capacity.Bytes} there ({Capacity.Rows - 1} rows, {Capacity.PairRows} for pairs): raise --adapter-bytes (AdapterBytes)"]);
        }
    }
}
