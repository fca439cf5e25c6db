using FLoRA.Inference.Adapters;
using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>Keys and values of the decoder's cross-attention by products of bytes, rounded again straight into their cache blocks (<see cref="EncodedRows"/>).</summary>
/// <param name="context">What is shared.</param>
/// <param name="modules">Key and value of each of some decoder layers.</param>
/// <param name="firstLayer">The first of them.</param>
/// <param name="cache">Keys and values; holds encoded rows.</param>
/// <param name="library">Gives data pointers.</param>
/// <param name="recordings">How many.</param>
internal sealed unsafe class Int8CrossKeyValues(Int8EncoderContext context, IReadOnlyList<EncoderModule> modules, int firstLayer, KvCache cache, TorchCpuLibrary library, int recordings) : ITeamWork
{
    private const int PerLayer = 2;

    private readonly Int8EncoderPlan _plan = context.Plan;
    private readonly EncoderPlan _encoder = context.Plan.Encoder;
    private readonly RowTiles _tiles = context.Tiles(recordings);
    private readonly nint[] _layers = [.. Enumerable.Range(0, modules.Count / PerLayer).Select(l => (nint)library.Pointer<float>(cache.Rows(firstLayer + l)))];
    private readonly ModuleSides[][] _sides = new ModuleSides[recordings][];
    private IReadOnlyList<nint> _hidden = [];
    private IReadOnlyList<AudioEncoding> _encodings = [];

    /// <summary>Writes them.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="hidden">The encoder's results [positions, width], as pointers.</param>
    /// <param name="encodings">Whose they are: the blocks.</param>
    /// <param name="adapters">Their adapters.</param>
    public void Run(KernelPool pool, IReadOnlyList<nint> hidden, IReadOnlyList<AudioEncoding> encodings, IReadOnlyList<InstalledAdapter?> adapters)
    {
        _hidden = hidden;
        _encodings = encodings;
        context.Weights.Take(modules, adapters);
        for (int r = 0; r < _sides.Length; r++)
            _sides[r] = [.. Enumerable.Range(0, modules.Count).Select(m => context.Weights.Of(adapters[r], m))];
        pool.Run(this, context.Threads);
    }

    /// <inheritdoc/>
    public void Run(int worker, KernelTeam team)
    {
        float* room = (float*)context.Scratch.Rooms[worker];
        context.Weights.LayOut(worker, team);
        while (team.Next(worker, _tiles.Count, 1, out int tile, out _))
        {
            (int recording, int first, int count) = _tiles[tile];
            bool isSame = false;
            for (int m = 0; m < modules.Count; m++)
                Write(_sides[recording][m], m, ref isSame, recording, first, count, room);
        }
    }

    private void Write(in ModuleSides sides, int module, ref bool isSame, int recording, int first, int count, float* room)
    {
        if (!isSame || sides.InputScale != null)
            context.Rows.Round(sides, (float*)_hidden[recording] + ((long)first * _encoder.Width), _encoder.Width, _encoder.Width, count, room);
        isSame = sides.InputScale == null;
        int* sums = context.Rows.Multiply(sides, count, room);
        float* layer = (float*)_layers[module / PerLayer];
        for (int r = 0; r < count; r++)
        {
            float* row = (float*)sums + ((long)r * _plan.Width);
            EncoderEpilogue.Apply(sums + ((long)r * _plan.Width), context.Rows.Row(room, r), sides, row);
            int position = first + r;
            cache.Encoded!.Write(layer, _encodings[recording].Blocks[position / cache.BlockTokens], position % cache.BlockTokens, module % PerLayer, row);
        }
    }
}
