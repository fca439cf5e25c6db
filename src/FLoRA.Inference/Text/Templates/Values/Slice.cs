namespace FLoRA.Inference.Text.Templates.Values;

/// <summary>A slice: <c>start:stop:step</c>, each may be missing.</summary>
internal readonly record struct Slice(long? Start, long? Stop, long? Step)
{
    /// <summary>The places that it picks of a sequence, in order.</summary>
    /// <exception cref="TemplateException">The step is 0.</exception>
    public IEnumerable<int> Of(int length)
    {
        long step = Step ?? 1;
        if (step == 0)
            throw new TemplateException("slice step cannot be zero");
        long least = step > 0 ? 0 : -1, most = step > 0 ? length : length - 1;
        long start = Start is { } from ? Math.Clamp(from < 0 ? from + length : from, least, most) : step > 0 ? least : most;
        long stop = Stop is { } to ? Math.Clamp(to < 0 ? to + length : to, least, most) : step > 0 ? most : least;
        return Places();

        IEnumerable<int> Places()
        {
            for (long at = start; step > 0 ? at < stop : at > stop; at += step)
                yield return (int)at;
        }
    }
}
