namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>What all units of an encoder in eight bits share.</summary>
internal sealed class Int8EncoderContext : IDisposable
{
    /// <param name="plan">Sizes of the encoder.</param>
    /// <param name="product">Products.</param>
    /// <param name="threads">Threads.</param>
    public Int8EncoderContext(EncoderPlan plan, ManyRowsProduct product, int threads)
    {
        Plan = new Int8EncoderPlan(plan);
        Product = product;
        Threads = threads;
        Heads = new HeadRounding(Plan, product);
        Attention = new Int8Attention(Plan, product, Heads);
        Weights = new UnitWeights(product, threads);
        Scratch = new EncoderScratch(threads, Math.Max(plan.Room.Count, Plan.Room.Count));
        Rows = new RoundedRows(Plan, product);
    }

    /// <summary>Sizes.</summary>
    public Int8EncoderPlan Plan { get; }

    /// <summary>Products.</summary>
    public ManyRowsProduct Product { get; }

    /// <summary>Threads.</summary>
    public int Threads { get; }

    /// <summary>Keys and values of heads.</summary>
    public HeadRounding Heads { get; }

    /// <summary>Attention.</summary>
    public Int8Attention Attention { get; }

    /// <summary>The unit's weights.</summary>
    public UnitWeights Weights { get; }

    /// <summary>Memory of recordings and threads.</summary>
    public EncoderScratch Scratch { get; }

    /// <summary>Products of tiles.</summary>
    public RoundedRows Rows { get; }

    /// <summary>How recordings are cut.</summary>
    public RowTiles Tiles(int recordings) => RowTiles.For(recordings, Plan.Encoder.Positions, Plan.TileRows, Threads);

    public void Dispose()
    {
        Attention.Dispose();
        Weights.Dispose();
        Scratch.Dispose();
    }
}
