using FLoRA.Inference.Models;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>
/// The two convolutions before the layers as products: frames lie one behind another, so what a kernel of three frames sees is one line of memory, and the next line begins a frame (or, with stride 2,
/// two frames) later. The non-linearity is gelu here, whatever the layers have.
/// </summary>
internal sealed unsafe class EncoderConvolutions : IDisposable
{
    private const int Taps = AudioEncoderBlueprint.KernelFrames;

    private readonly EncoderPlan _plan;
    private readonly PackedWeight _first;
    private readonly SecondConvolution _second;
    private readonly float* _firstBias, _secondBias, _positions;

    /// <param name="plan">Sizes.</param>
    /// <param name="library">Gives data pointers.</param>
    /// <param name="weights">The encoder's tensors, float32 on the CPU; must outlive this.</param>
    /// <param name="second">The second one's product; owned.</param>
    public EncoderConvolutions(EncoderPlan plan, TorchCpuLibrary library, AudioEncoderWeights weights, SecondConvolution second)
    {
        _plan = plan;
        _first = PackedWeight.OfConvolution(library.Pointer<float>(weights.FirstConvolution.Weight), plan.Width, plan.MelBins, Taps);
        _second = second;
        _firstBias = library.Pointer<float>(weights.FirstConvolution.Bias);
        _secondBias = library.Pointer<float>(weights.SecondConvolution.Bias);
        _positions = library.Pointer<float>(weights.Positions);
    }

    /// <summary>Log-mel frames -> hidden states.</summary>
    /// <param name="recordings">Recordings.</param>
    /// <param name="hidden">[positions, width] each, as pointers: the results.</param>
    /// <param name="scratch">Room.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="threads">How many of them.</param>
    public void Run(IReadOnlyList<AudioInput> recordings, IReadOnlyList<nint> hidden, EncoderScratch scratch, KernelPool pool, int threads)
    {
        pool.Run(new Passes(this, recordings, hidden, scratch, threads), threads);
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    private sealed class Passes : ITeamWork
    {
        private readonly EncoderConvolutions _owner;
        private readonly EncoderPlan _plan;
        private readonly IReadOnlyList<AudioInput> _recordings;
        private readonly IReadOnlyList<nint> _hidden;
        private readonly EncoderScratch _scratch;
        private readonly RowTiles _frames, _positions;
        private readonly float* _shared;
        private readonly long _melCount, _perRecording;

        public Passes(EncoderConvolutions owner, IReadOnlyList<AudioInput> recordings, IReadOnlyList<nint> hidden, EncoderScratch scratch, int threads)
        {
            _owner = owner;
            _plan = owner._plan;
            _recordings = recordings;
            _hidden = hidden;
            _scratch = scratch;
            _frames = RowTiles.For(recordings.Count, _plan.Frames, _plan.TileRows, threads);
            _positions = RowTiles.For(recordings.Count, _plan.Positions, _plan.TileRows, threads);

            // A frame of zeros on either side, and rows that the register tiles read beyond the last one.
            long rows = _plan.Frames + 2 + (2 * PanelShape.RowMultiple);
            _melCount = rows * _plan.MelBins;
            _perRecording = _melCount + (rows * _plan.Width);
            _shared = scratch.Shared(_perRecording * recordings.Count);
        }

        public void Run(int worker, KernelTeam team)
        {
            float* room = (float*)_scratch.Rooms[worker];
            while (team.Next(worker, _frames.Count, 1, out int tile, out _))
                Transpose(_frames[tile]);
            while (team.Next(worker, _frames.Count, 1, out int tile, out _))
                First(_frames[tile], room);
            while (team.Next(worker, _positions.Count, 1, out int tile, out _))
                Second(_positions[tile], room);
        }

        /// <summary>[bins, frames] -> [frames, bins], eight frames of a bin at a time (a line of memory is read once), between frames of zeros.</summary>
        private void Transpose((int Recording, int First, int Count) tile)
        {
            const int Together = 8;
            float* mel = Mel(tile.Recording), inner = Inner(tile.Recording);
            ReadOnlySpan<float> bins = _recordings[tile.Recording].LogMel;
            int frames = _plan.Frames, melBins = _plan.MelBins, end = tile.First + tile.Count;
            for (int first = tile.First; first < end; first += Together)
            {
                int some = Math.Min(Together, end - first);
                for (int bin = 0; bin < melBins; bin++)
                {
                    ReadOnlySpan<float> row = bins.Slice((bin * frames) + first, some);
                    float* to = mel + ((long)(first + 1) * melBins) + bin;
                    for (int f = 0; f < row.Length; f++, to += melBins)
                        *to = row[f];
                }
            }

            if (tile.First == 0)
            {
                new Span<float>(mel, melBins).Clear();
                new Span<float>(inner, _plan.Width).Clear();
            }

            if (end == frames)
            {
                new Span<float>(mel + ((long)(frames + 1) * melBins), melBins).Clear();
                new Span<float>(inner + ((long)(frames + 1) * _plan.Width), _plan.Width).Clear();
            }
        }

        private void First((int Recording, int First, int Count) tile, float* room)
        {
            float* product = room + _plan.Room.Product;
            PanelProduct.Multiply(_owner._first, default, Mel(tile.Recording) + ((long)tile.First * _plan.MelBins), _plan.MelBins, PanelShape.PaddedRows(tile.Count), product, _plan.PaddedWidth, room + _plan.Room.Formed);
            float* inner = Inner(tile.Recording) + ((long)(tile.First + 1) * _plan.Width);
            for (int r = 0; r < tile.Count; r++)
            {
                float* row = product + ((long)r * _plan.PaddedWidth);
                RowMaths.Activate(ActivationKind.Gelu, row, _owner._firstBias, _plan.Width);
                Copy(row, inner + ((long)r * _plan.Width));
            }
        }

        private void Second((int Recording, int First, int Count) tile, float* room)
        {
            float* product = _owner._second.Multiply(Inner(tile.Recording) + (2L * tile.First * _plan.Width), 2L * _plan.Width, tile.Count, room, out long stride);
            for (int r = 0; r < tile.Count; r++)
            {
                float* row = product + (r * stride);
                long place = (long)(tile.First + r) * _plan.Width;
                RowMaths.Activate(ActivationKind.Gelu, row, _owner._secondBias, _plan.Width);
                RowMaths.Add(row, _owner._positions + place, null, _plan.Width);
                Copy(row, (float*)_hidden[tile.Recording] + place);
            }
        }

        private float* Mel(int recording) => _shared + (_perRecording * recording);

        private float* Inner(int recording) => Mel(recording) + _melCount;

        private void Copy(float* from, float* to) => new ReadOnlySpan<float>(from, _plan.Width).CopyTo(new Span<float>(to, _plan.Width));
    }
}
