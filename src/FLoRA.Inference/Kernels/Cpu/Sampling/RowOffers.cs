namespace FLoRA.Inference.Kernels.Cpu.Sampling;

/// <summary>The most likely tokens of one row.</summary>
internal static class RowOffers
{
    /// <summary>Ids with their log softmax, the most likely first; of equal ones the lower id first.</summary>
    /// <param name="logits">[vocabulary], after the rules.</param>
    /// <param name="count">How many.</param>
    public static (int Id, float Logprob)[] Of(ReadOnlySpan<float> logits, int count)
    {
        var best = new PriorityQueue<int, (float Logit, int Id)>(count + 1);
        for (int id = 0; id < logits.Length; id++)
        {
            if (best.Count == count && logits[id] <= logits[best.Peek()])
                continue;
            best.Enqueue(id, (logits[id], -id));
            if (best.Count > count)
                best.Dequeue();
        }

        double normaliser = RowScan.LogSumExp(logits);
        var offers = new (int, float)[best.Count];
        for (int i = offers.Length - 1; i >= 0; i--)
        {
            int id = best.Dequeue();
            offers[i] = (id, (float)(logits[id] - normaliser));
        }

        return offers;
    }
}
