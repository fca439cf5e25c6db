namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>Recordings cut into tiles of rows: one tile is one thread's work between two barriers. Where the cuts lie changes no number.</summary>
/// <param name="Recordings">Recordings.</param>
/// <param name="Positions">Rows of each.</param>
/// <param name="Rows">Rows of a tile; a recording's last one may be smaller.</param>
internal readonly record struct RowTiles(int Recordings, int Positions, int Rows)
{
    /// <summary>Tiles of one recording.</summary>
    public int PerRecording => (Positions + Rows - 1) / Rows;

    /// <summary>All tiles.</summary>
    public int Count => Recordings * PerRecording;

    /// <summary>As many rows as fit the cache, but as many tiles as threads: fewer rows where the recordings are few.</summary>
    /// <param name="recordings">Recordings.</param>
    /// <param name="positions">Rows of each.</param>
    /// <param name="mostRows">Rows whose intermediate results fit the second-level cache.</param>
    /// <param name="threads">Threads.</param>
    public static RowTiles For(int recordings, int positions, int mostRows, int threads)
    {
        int perRecording = (positions + mostRows - 1) / mostRows;
        while (recordings * perRecording % threads != 0)
            perRecording++;
        int rows = (positions + perRecording - 1) / perRecording;
        return new RowTiles(recordings, positions, PanelShape.RoundUp(rows, PanelShape.RowMultiple));
    }

    /// <summary>Recording, first row and rows of a tile.</summary>
    public (int Recording, int First, int Count) this[int tile]
    {
        get
        {
            int first = tile % PerRecording * Rows;
            return (tile / PerRecording, first, Math.Min(Rows, Positions - first));
        }
    }
}
