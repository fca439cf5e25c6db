namespace FLoRA.Inference.Adapters;

/// <summary>First-fit ranges of integers in [first, capacity); the row space of an adapter bank. Grows by doubling.</summary>
internal sealed class RangeAllocator(int first, int initialCapacity)
{
    private readonly SortedDictionary<int, int> _free = new() { [first] = initialCapacity - first };

    /// <summary>End of the space; only grows.</summary>
    public int Capacity { get; private set; } = initialCapacity;

    /// <summary>Takes <paramref name="count"/> consecutive integers; returns the first.</summary>
    public int Take(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        foreach ((int start, int length) in _free)
        {
            if (length < count)
                continue;
            _free.Remove(start);
            if (length > count)
                _free[start + count] = length - count;
            return start;
        }

        int old = Capacity;
        Capacity = Math.Max(old * 2, old + count);
        Return(old, Capacity - old);
        return Take(count);
    }

    /// <summary>Gives a range back and merges it with its free neighbours.</summary>
    public void Return(int start, int count)
    {
        foreach ((int freeStart, int freeLength) in _free)
        {
            if (freeStart + freeLength == start)
            {
                _free.Remove(freeStart);
                Return(freeStart, freeLength + count);
                return;
            }

            if (start + count == freeStart)
            {
                _free.Remove(freeStart);
                Return(start, count + freeLength);
                return;
            }

            if (start < freeStart + freeLength && freeStart < start + count)
                throw new InvalidOperationException($"Range [{start}, {start + count}) is free already.");
        }

        _free[start] = count;
    }
}
