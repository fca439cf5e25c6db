namespace FLoRA.Inference.Tests.Fuzzing;

/// <summary>One way to damage a good file.</summary>
internal interface IMutator
{
    /// <summary>A damaged copy; the same random numbers give the same one.</summary>
    byte[] Damage(byte[] file, Random random);
}

/// <summary>One of several ways each time.</summary>
internal sealed class EitherMutator(params IMutator[] ways) : IMutator
{
    /// <inheritdoc/>
    public byte[] Damage(byte[] file, Random random) => ways[random.Next(ways.Length)].Damage(file, random);
}
