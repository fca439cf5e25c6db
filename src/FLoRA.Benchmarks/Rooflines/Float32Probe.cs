using FLoRA.Inference.Kernels.Cpu.Packed;

namespace FLoRA.Benchmarks.Rooflines;

/// <summary>The float32 tile over operands in the first-level cache.</summary>
/// <param name="threads">Each does as much.</param>
internal sealed unsafe class Float32Probe(int threads) : ITeamWork, IDisposable
{
    private const int Turns = 40_000, Inputs = PanelShape.BlockInputs / 2, Rows = RegisterTiles.LargeRows;

    private readonly NativeBuffer[] _rooms = [.. Enumerable.Range(0, threads).Select(_ => new NativeBuffer((Inputs * (Rows + PanelShape.Columns)) + (Rows * PanelShape.Columns)))];

    /// <summary>All threads together.</summary>
    public double MultiplyAdds => (double)threads * Turns * Inputs * Rows * PanelShape.Columns;

    public void Run(int worker, KernelTeam team)
    {
        while (team.Next(worker, threads, 1, out int part, out _))
        {
            float* rows = _rooms[part].Start, panel = rows + (Inputs * Rows), sums = panel + (Inputs * PanelShape.Columns);
            for (int turn = 0; turn < Turns; turn++)
                RegisterTiles.Multiply(rows, Inputs, Rows, panel, Inputs, sums, PanelShape.Columns, accumulate: false);
        }
    }

    public void Dispose()
    {
        foreach (NativeBuffer room in _rooms)
            room.Dispose();
    }
}
