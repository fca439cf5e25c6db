namespace FLoRA.Parity.Tests.Random;

/// <summary>Choices and numbers from one seed.</summary>
internal sealed class Dice(int seed)
{
    private readonly System.Random _random = new(seed);

    public int From(int lowest, int highest) => _random.Next(lowest, highest + 1);

    public bool Chance(double probability) => _random.NextDouble() < probability;

    public T Pick<T>(params IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    /// <summary>Some of the items, at least one, in their order.</summary>
    public List<T> Some<T>(IReadOnlyList<T> items)
    {
        List<T> some = [.. items.Where(_ => Chance(0.5))];
        return some.Count > 0 ? some : [Pick(items)];
    }

    public float[] Normal(int count, double mean, double deviation)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble()));
            values[i] = (float)(mean + (deviation * radius * Math.Cos(2 * Math.PI * _random.NextDouble())));
        }

        return values;
    }

    public int[] Tokens(int count, int vocabulary) => [.. Enumerable.Range(0, count).Select(_ => _random.Next(vocabulary))];
}
