namespace FLoRA.Inference.Adapters;

/// <summary>First-fit ranges of integers in [first, capacity); the row space of an adapter bank.</summary>
/// <param name="first">First integer.</param>
/// <param name="capacity">One past the last.</param>
internal sealed class RangeAllocator(int first, int capacity)
{
    private readonly SortedDictionary<int, int> _free = capacity > first ? new() { [first] = capacity - first } : [];

    /// <summary>One past the last integer that was ever taken.</summary>
    public int TouchedEnd { get; private set; } = first;

    /// <summary>Takes <paramref name="count"/> consecutive integers; the first, or -1 where there are not so many side by side.</summary>
    public int TryTake(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        foreach ((int start, int length) in _free)
        {
            if (length < count)
                continue;
            _free.Remove(start);
            if (length > count)
                _free[start + count] = length - count;
            TouchedEnd = Math.Max(TouchedEnd, start + count);
            return start;
        }

        return -1;
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
