namespace FLoRA.Inference.Adapters.Peft;

/// <summary>One axis of a tensor that a format expects.</summary>
/// <param name="Name">For messages: r, in, out.</param>
/// <param name="Length">Its length; null: any (the model is not known).</param>
internal readonly record struct TensorAxis(string Name, int? Length)
{
    /// <summary>For messages: <c>out = 48</c>.</summary>
    public override string ToString() => Length is null ? Name : Name.Length == 0 ? $"{Length}" : $"{Name} = {Length}";
}
