namespace FLoRA.Bench.LoraBaseline;

/// <summary>
/// The paper's cost rule for one width and batch. With c2 the cost of a multiply-add in the dense product and c1 in a batched
/// one, fLoRA takes r c2 d^2 per token and LoRA c2 d^2 + 2 c1 d r: fLoRA is no slower iff 2 c1 / (d c2) + 1 / r >= 1.
/// </summary>
/// <param name="Width">d.</param>
/// <param name="Batch">Sequences.</param>
/// <param name="DenseNanoseconds">c2, from the dense product alone.</param>
/// <param name="BmmNanoseconds">c1, least squares over the ranks of what the batched products add.</param>
/// <param name="PredictedRank">Largest rank at which fLoRA is no slower; infinite where 2 c1 >= d c2.</param>
/// <param name="SeenRank">Largest rank of the grid up to which fLoRA was no slower; 0: at none.</param>
/// <param name="LargestRank">Largest rank of the grid.</param>
internal sealed record Crossover(int Width, int Batch, double DenseNanoseconds, double BmmNanoseconds, double PredictedRank, int SeenRank, int LargestRank)
{
    /// <param name="cells">All ranks of one width and batch, ascending.</param>
    public static Crossover Of(IReadOnlyList<Cell> cells)
    {
        int width = cells[0].Width, batch = cells[0].Batch;
        double dense = cells.Average(cell => cell.Base) * 1000 / ((double)width * width * batch);
        double products = 0, squares = 0;
        foreach (Cell cell in cells)
        {
            double multiplyAdds = 2.0 * width * cell.Rank * batch;
            products += multiplyAdds * (cell.BmmLora - cell.Base) * 1000;
            squares += multiplyAdds * multiplyAdds;
        }

        double bmm = products / squares, share = 2 * bmm / (width * dense);
        int seen = cells.TakeWhile(cell => cell.Flora <= cell.BmmLora).LastOrDefault()?.Rank ?? 0;
        return new Crossover(width, batch, dense, bmm, share >= 1 ? double.PositiveInfinity : 1 / (1 - share), seen, cells[^1].Rank);
    }
}
