namespace FLoRA.Benchmarks.Serving;

/// <summary>Which adapter a request asks for.</summary>
public enum Popularity
{
    /// <summary>Each the next one.</summary>
    Distinct,

    /// <summary>Any, with the same probability.</summary>
    Uniform,

    /// <summary>The k-th with a probability of 1 / k.</summary>
    Zipf,

    /// <summary>All the same.</summary>
    Identical,
}

/// <summary>Draws adapters.</summary>
internal static class PopularityDraw
{
    /// <summary>An adapter of <paramref name="count"/>, from 0.</summary>
    public static int Draw(Popularity popularity, int request, int count, Random random) => popularity switch
    {
        Popularity.Distinct => request % count,
        Popularity.Uniform => random.Next(count),
        Popularity.Zipf => Zipf(count, random),
        _ => 0,
    };

    private static int Zipf(int count, Random random)
    {
        double total = 0;
        for (int k = 1; k <= count; k++)
            total += 1.0 / k;
        double left = random.NextDouble() * total;
        for (int k = 1; k < count; k++)
        {
            left -= 1.0 / k;
            if (left < 0)
                return k - 1;
        }

        return count - 1;
    }
}
