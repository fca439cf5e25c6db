using FLoRA.Inference.Models;

namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>Sizes of an encoder in eight bits: where in a recording's and in a thread's memory what lies, in numbers of float32.</summary>
internal sealed class Int8EncoderPlan
{
    /// <summary>Most rows of a tile: scores of all positions and a feed-forward part of all of them should about fit the second-level cache, and libtorch's product wants many.</summary>
    private const int MostTileRows = 252;

    /// <param name="plan">Sizes of the encoder.</param>
    public Int8EncoderPlan(EncoderPlan plan)
    {
        Encoder = plan;
        Width = PanelShape.RoundUp(plan.Width, Int8Tiles.Columns);
        MlpWidth = PanelShape.RoundUp(plan.MlpWidth, Int8Tiles.Columns);
        HeadWidth = PanelShape.RoundUp(plan.HeadDim, Int8Tiles.Columns);
        Positions = PanelShape.RoundUp(plan.Positions, Int8Tiles.Columns);
        ValueInputs = PanelShape.RoundUp(plan.Positions, Int8Tiles.GroupInputs);
        TileRows = MostTileRows;
        RowBytes = Int8Rows.Stride(Math.Max(plan.Width * AudioEncoderBlueprint.KernelFrames, plan.MlpWidth));
        HeadBytes = Int8Rows.Stride(plan.HeadDim);
        WeightBytes = PanelShape.RoundUp(plan.Positions, 64) + 64;
        Recording = new RecordingRoom(this);
        Room = new ThreadRoom(this);
    }

    /// <summary>Sizes of the encoder itself.</summary>
    public EncoderPlan Encoder { get; }

    /// <summary>Width of the residual stream, padded to panels.</summary>
    public int Width { get; }

    /// <summary>Numbers from row to row of a tile's rows of that width: a cache line more, so that rows do not share cache sets.</summary>
    public long RowStride => Width + Int8Tiles.Columns;

    /// <summary>Width of the feed-forward part, likewise.</summary>
    public int MlpWidth { get; }

    /// <summary>Width of a head, likewise.</summary>
    public int HeadWidth { get; }

    /// <summary>Numbers of a head's keys, or values.</summary>
    public long HeadCount => (long)Encoder.Positions * HeadWidth;

    /// <summary>Positions, likewise.</summary>
    public int Positions { get; }

    /// <summary>Positions as inputs of a product: padded to 4.</summary>
    public int ValueInputs { get; }

    /// <summary>Most rows of a tile.</summary>
    public int TileRows { get; }

    /// <summary>Bytes from row to row of rounded rows.</summary>
    public long RowBytes { get; }

    /// <summary>Bytes from head to head of a rounded query.</summary>
    public long HeadBytes { get; }

    /// <summary>Bytes from query to query.</summary>
    public long QueryBytes => HeadBytes * Encoder.Heads;

    /// <summary>Bytes from row to row of the attention's weights; a cache line more than they need, so that rows do not share cache sets.</summary>
    public long WeightBytes { get; }

    /// <summary>A recording's memory.</summary>
    public RecordingRoom Recording { get; }

    /// <summary>A thread's memory.</summary>
    public ThreadRoom Room { get; }

    /// <summary>Where in a recording's memory what lies.</summary>
    public sealed class RecordingRoom
    {
        /// <param name="plan">Sizes.</param>
        public RecordingRoom(Int8EncoderPlan plan)
        {
            var next = new Places();
            long heads = plan.Encoder.Heads;
            Queries = next.Take(plan.Encoder.Positions * plan.QueryBytes / sizeof(float));
            Keys = next.Take(heads * plan.HeadCount);
            Values = next.Take(heads * plan.HeadCount);
            KeyScales = next.Take(heads * plan.Positions);
            KeyStarts = next.Take(heads * plan.Positions);
            KeyBytes = next.Take(heads * Int8Operand.ByteCount(plan.Encoder.Positions, plan.Encoder.HeadDim) / sizeof(float));
            ValueScales = next.Take(heads * plan.HeadWidth);
            ValueMeans = next.Take(heads * plan.HeadWidth);
            ValueSums = next.Take(heads * plan.HeadWidth);
            ValueStarts = next.Take(heads * plan.HeadWidth);
            ValueBytes = next.Take(heads * Int8Operand.ByteCount(plan.Encoder.HeadDim, plan.Encoder.Positions) / sizeof(float));
            Count = next.Count;
        }

        /// <summary>Rounded queries [positions][heads].</summary>
        public long Queries { get; }

        /// <summary>Keys [heads, positions, padded head width], zeros where padded.</summary>
        public long Keys { get; }

        /// <summary>Values, likewise.</summary>
        public long Values { get; }

        /// <summary>Scales of rounded keys [heads, padded positions].</summary>
        public long KeyScales { get; }

        /// <summary>See <see cref="Int8Operand.Start"/>: [heads, padded positions].</summary>
        public long KeyStarts { get; }

        /// <summary>Operands [heads].</summary>
        public long KeyBytes { get; }

        /// <summary>Scales of rounded values [heads, padded head width].</summary>
        public long ValueScales { get; }

        /// <summary>What is taken off the values before they are rounded [heads, padded head width].</summary>
        public long ValueMeans { get; }

        /// <summary>Sums of the rounded values [heads, padded head width], integers.</summary>
        public long ValueSums { get; }

        /// <summary>See <see cref="Int8Operand.Start"/>: [heads, padded head width].</summary>
        public long ValueStarts { get; }

        /// <summary>Operands [heads].</summary>
        public long ValueBytes { get; }

        /// <summary>All of it.</summary>
        public long Count { get; }
    }

    /// <summary>Where in a thread's memory what lies.</summary>
    public sealed class ThreadRoom
    {
        /// <param name="plan">Sizes.</param>
        public ThreadRoom(Int8EncoderPlan plan)
        {
            var next = new Places();
            long rows = plan.TileRows;
            Normal = next.Take(rows * plan.RowStride);
            Residual = next.Take(rows * plan.RowStride);
            Scaled = next.Take(Math.Max(plan.Width, plan.MlpWidth));
            Rows = next.Take(rows * plan.RowBytes / sizeof(float));
            Sums = next.Take(rows * Math.Max(Math.Max(plan.Width, plan.MlpWidth), plan.Positions));
            Weights = next.Take(rows * plan.WeightBytes / sizeof(float));
            Head = next.Take(rows * plan.HeadWidth);
            Panel = next.Take((long)plan.ValueInputs / Int8Tiles.GroupInputs * Int8Tiles.Columns);
            Count = next.Count;
        }

        /// <summary>Normalised rows, or the attention's result [tile], a row stride apart.</summary>
        public long Normal { get; }

        /// <summary>The residual stream behind the attention, likewise.</summary>
        public long Residual { get; }

        /// <summary>A row times B.</summary>
        public long Scaled { get; }

        /// <summary>Rounded rows [tile].</summary>
        public long Rows { get; }

        /// <summary>A product's sums, then its result [tile, outputs]; scores of a head [tile, padded positions].</summary>
        public long Sums { get; }

        /// <summary>The attention's weights [tile].</summary>
        public long Weights { get; }

        /// <summary>A head's result [tile, padded head width].</summary>
        public long Head { get; }

        /// <summary>A panel of values.</summary>
        public long Panel { get; }

        /// <summary>All of it.</summary>
        public long Count { get; }
    }

    private sealed class Places
    {
        private const int Line = 16;

        public long Count { get; private set; }

        public long Take(long count)
        {
            long at = Count;
            Count += (count + Line - 1) / Line * Line;
            return at;
        }
    }
}
