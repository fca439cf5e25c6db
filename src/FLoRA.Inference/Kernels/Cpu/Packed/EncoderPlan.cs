using FLoRA.Inference.Models;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>Sizes that the encoder's kernels share; numbers (floats) and rows.</summary>
internal sealed class EncoderPlan
{
    /// <summary>Numbers of a thread's room that should stay in the second-level cache.</summary>
    private const int RoomNumbers = 128 << 10;

    /// <summary>Fewer rows would read a large model's weights from memory too often; more bring nothing.</summary>
    private const int LeastTileRows = 72, MostTileRows = 192;

    /// <param name="blueprint">A model with an encoder.</param>
    public EncoderPlan(DecoderBlueprint blueprint)
    {
        AudioEncoderBlueprint encoder = blueprint.Encoder!;
        Width = blueprint.HiddenSize;
        PaddedWidth = PanelShape.PaddedColumns(Width);
        Positions = encoder.Positions;
        PaddedPositions = PanelShape.PaddedColumns(Positions);
        Heads = encoder.Heads;
        HeadDim = Width / Heads;
        PaddedHeadDim = PanelShape.PaddedColumns(HeadDim);
        MlpWidth = encoder.Layers[0].MlpInput.OutFeatures;
        MelBins = encoder.MelBins;
        Frames = encoder.Frames;
        Activation = blueprint.Activation;
        Epsilon = (float)blueprint.NormEpsilon;
        TileRows = Math.Clamp(RoomNumbers / (4 * PaddedWidth), LeastTileRows, MostTileRows) / PanelShape.RowMultiple * PanelShape.RowMultiple;
        Room = new EncoderRoom(this);
    }

    /// <summary>Width of the residual stream.</summary>
    public int Width { get; }

    /// <summary>The same, padded to panels.</summary>
    public int PaddedWidth { get; }

    /// <summary>Positions of a recording.</summary>
    public int Positions { get; }

    /// <summary>The same, padded to panels.</summary>
    public int PaddedPositions { get; }

    /// <summary>Attention heads.</summary>
    public int Heads { get; }

    /// <summary>Width of a head.</summary>
    public int HeadDim { get; }

    /// <summary>The same, padded to panels.</summary>
    public int PaddedHeadDim { get; }

    /// <summary>Width of the feed-forward part.</summary>
    public int MlpWidth { get; }

    /// <summary>Bins of the log-mel spectrogram.</summary>
    public int MelBins { get; }

    /// <summary>Frames of a window.</summary>
    public int Frames { get; }

    /// <summary>Non-linearity of the feed-forward part.</summary>
    public ActivationKind Activation { get; }

    /// <summary>Of every norm.</summary>
    public float Epsilon { get; }

    /// <summary>Most rows of a tile.</summary>
    public int TileRows { get; }

    /// <summary>A thread's room.</summary>
    public EncoderRoom Room { get; }

    /// <summary>Numbers of a recording's queries [rows, width].</summary>
    public long QueryCount => (long)PanelShape.PaddedRows(Positions) * Width;

    /// <summary>Numbers of a recording's keys: per head panels [positions / columns][head dim][columns].</summary>
    public long KeyCount => (long)Heads * PaddedPositions * HeadDim;

    /// <summary>Numbers of a recording's values: per head panels [head dim / columns][positions][columns].</summary>
    public long ValueCount => (long)Heads * Positions * PaddedHeadDim;
}

/// <summary>Where in a thread's room what lies.</summary>
internal sealed class EncoderRoom
{
    /// <param name="plan">Sizes.</param>
    public EncoderRoom(EncoderPlan plan)
    {
        long next = 0;
        long Take(long count)
        {
            long at = next;
            next += (count + 15) / 16 * 16;
            return at;
        }

        long rows = plan.TileRows, tile = rows * plan.PaddedWidth;
        Normal = Take(tile);
        Product = Take(tile);
        Attended = Take(tile);
        Residual = Take(tile);
        Inner = Take(rows * PanelShape.BlockInputs);
        Scores = Take((long)RegisterTiles.LargeRows * plan.PaddedPositions);
        Head = Take((long)RegisterTiles.LargeRows * plan.PaddedHeadDim);
        Formed = Take(PanelProduct.FormedCount);
        Count = next;
    }

    /// <summary>Normalised rows [tile, padded width].</summary>
    public long Normal { get; }

    /// <summary>A product [tile, padded width].</summary>
    public long Product { get; }

    /// <summary>The attention's result [tile, padded width].</summary>
    public long Attended { get; }

    /// <summary>The residual stream behind the attention [tile, padded width].</summary>
    public long Residual { get; }

    /// <summary>A part of the feed-forward's inner rows [tile, block].</summary>
    public long Inner { get; }

    /// <summary>Scores of a register tile's rows [12, padded positions].</summary>
    public long Scores { get; }

    /// <summary>Their result [12, padded head dim].</summary>
    public long Head { get; }

    /// <summary>A panel under an adapter.</summary>
    public long Formed { get; }

    /// <summary>All of it.</summary>
    public long Count { get; }
}
