using FLoRA.Inference.Adapters;
using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>Keys and values of the decoder's cross-attention, straight into their cache blocks.</summary>
/// <param name="plan">Sizes.</param>
/// <param name="linears">[key; value] of some decoder layers.</param>
/// <param name="firstLayer">The first of them.</param>
/// <param name="cache">Keys and values.</param>
/// <param name="library">Gives data pointers.</param>
/// <param name="scratch">Room.</param>
/// <param name="tiles">How the rows are cut.</param>
internal sealed unsafe class CrossKeyValues(EncoderPlan plan, IReadOnlyList<PackedLinear> linears, int firstLayer, KvCache cache, TorchCpuLibrary library, EncoderScratch scratch, RowTiles tiles) : ITeamWork
{
    private readonly (nint Rows, PanelAdapter[] Keys, PanelAdapter[] Values)[] _layers = new (nint, PanelAdapter[], PanelAdapter[])[linears.Count];
    private IReadOnlyList<nint> _hidden = [];
    private IReadOnlyList<AudioEncoding> _encodings = [];

    /// <summary>Writes them.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="threads">How many of them.</param>
    /// <param name="hidden">The encoder's results [positions, width], as pointers.</param>
    /// <param name="encodings">Whose they are: the blocks.</param>
    /// <param name="adapters">Their adapters.</param>
    public void Run(KernelPool pool, int threads, IReadOnlyList<nint> hidden, IReadOnlyList<AudioEncoding> encodings, IReadOnlyList<InstalledAdapter?> adapters)
    {
        _hidden = hidden;
        _encodings = encodings;
        for (int l = 0; l < _layers.Length; l++)
        {
            PackedLinear linear = linears[l];
            _layers[l] = ((nint)library.Pointer<float>(cache.Rows(firstLayer + l)), [.. adapters.Select(a => linear.Adapter(a, 0))], [.. adapters.Select(a => linear.Adapter(a, 1))]);
        }

        pool.Run(this, threads);
    }

    /// <inheritdoc/>
    public void Run(int worker, KernelTeam team)
    {
        float* room = (float*)scratch.Rooms[worker];
        while (team.Next(worker, tiles.Count, 1, out int tile, out _))
        {
            (int recording, int first, int count) = tiles[tile];
            float* input = room + plan.Room.Normal;
            for (int r = 0; r < count; r++)
                Copy((float*)_hidden[recording] + ((long)(first + r) * plan.Width), input + ((long)r * plan.PaddedWidth));
            for (int l = 0; l < _layers.Length; l++)
            {
                Write(linears[l].Modules[0], _layers[l].Keys[recording], (float*)_layers[l].Rows, recording, first, count, room, offset: 0);
                Write(linears[l].Modules[1], _layers[l].Values[recording], (float*)_layers[l].Rows, recording, first, count, room, offset: cache.BlockTokens);
            }
        }
    }

    private void Write(PackedWeight weight, in PanelAdapter adapter, float* rows, int recording, int first, int count, float* room, int offset)
    {
        float* product = room + plan.Room.Product;
        PanelProduct.Multiply(weight, adapter, room + plan.Room.Normal, plan.PaddedWidth, PanelShape.PaddedRows(count), product, plan.PaddedWidth, room + plan.Room.Formed);
        for (int r = 0; r < count; r++)
        {
            float* row = product + ((long)r * plan.PaddedWidth);
            RowMaths.Add(row, adapter.Bias, null, plan.Width);
            int position = first + r;
            long place = cache.KeyRow(_encodings[recording].Blocks[position / cache.BlockTokens], position % cache.BlockTokens) + offset;
            Copy(row, rows + (place * plan.Width));
        }
    }

    private void Copy(float* from, float* to) => new ReadOnlySpan<float>(from, plan.Width).CopyTo(new Span<float>(to, plan.Width));
}
