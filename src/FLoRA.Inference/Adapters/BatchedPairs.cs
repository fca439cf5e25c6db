using static TorchSharp.torch;

namespace FLoRA.Inference.Adapters;

/// <summary>LoRA by batched products (<see cref="LoraForm.BatchedProduct"/>) in torch's composition: the pairs of a step's sequences side by side, padded with zeros to the highest rank.</summary>
/// <param name="sequences">Those with a pair, in token order: first token and tokens.</param>
/// <param name="down">D [sequences, rank, in].</param>
/// <param name="up">U transposed [sequences, rank, out].</param>
internal sealed class BatchedPairs(IReadOnlyList<(int FirstToken, int Tokens)> sequences, Tensor down, Tensor up) : IDisposable
{
    /// <summary>Gathers from the bank, into the current dispose scope.</summary>
    /// <param name="bank">The module's rows.</param>
    /// <param name="module">Its index.</param>
    /// <param name="entries">The step.</param>
    /// <param name="dtype">The engine's type.</param>
    /// <param name="device">Where.</param>
    public static BatchedPairs From(ModuleBank bank, int module, IReadOnlyList<AdapterTokens> entries, ScalarType dtype, Device device)
    {
        var sequences = new List<(int, int)>();
        var adapters = new List<InstalledAdapter>();
        int token = 0;
        foreach (AdapterTokens entry in entries)
        {
            if (entry.Adapter is { } adapter && adapter.AdditiveRanks[module] > 0)
            {
                sequences.Add((token, entry.Tokens));
                adapters.Add(adapter);
            }

            token += entry.Tokens;
        }

        int rank = adapters.Max(a => a.AdditiveRanks[module]);
        long[] rows = [.. adapters.SelectMany(a => Enumerable.Range(0, rank).Select(i => i < a.AdditiveRanks[module] ? a.AdditiveStart + (long)i : a.AdditiveStart))];
        float[] mask = [.. adapters.SelectMany(a => Enumerable.Range(0, rank).Select(i => i < a.AdditiveRanks[module] ? 1f : 0f))];
        Tensor index = tensor(rows, device: device), kept = tensor(mask, adapters.Count, rank, 1, dtype: dtype, device: device);
        Tensor Gather(Tensor side) => side.index_select(0, index).view(adapters.Count, rank, -1).mul_(kept);
        return new BatchedPairs(sequences, Gather(bank.Down!), Gather(bank.UpTransposed!));
    }

    /// <summary>y += U (D x): neighbours with one token in one batched product, longer ones each by itself.</summary>
    /// <param name="x">[tokens, in].</param>
    /// <param name="y">[tokens, out].</param>
    public void AddTo(Tensor x, Tensor y)
    {
        for (int first = 0; first < sequences.Count;)
        {
            (int token, int tokens) = sequences[first];
            int count = 1;
            while (tokens == 1 && first + count < sequences.Count && sequences[first + count] == (token + count, 1))
                count++;
            Tensor inner = x.narrow(0, token, count * tokens).view(count, tokens, -1).bmm(down.narrow(0, first, count).transpose(1, 2));
            y.narrow(0, token, count * tokens).add_(inner.bmm(up.narrow(0, first, count)).view(count * tokens, -1));
            first += count;
        }
    }

    /// <summary>Keeps the tensors beyond the current dispose scope.</summary>
    public BatchedPairs Keep()
    {
        down.DetachFromDisposeScope();
        up.DetachFromDisposeScope();
        return this;
    }

    public void Dispose()
    {
        down.Dispose();
        up.Dispose();
    }
}
