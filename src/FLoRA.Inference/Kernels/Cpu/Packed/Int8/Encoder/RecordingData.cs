namespace FLoRA.Inference.Kernels.Cpu.Packed.Int8.Encoder;

/// <summary>A recording on its way through a layer.</summary>
internal unsafe struct RecordingData
{
    /// <summary>Hidden state [positions, width]; becomes the layer's result.</summary>
    public float* Hidden;

    /// <summary>See <see cref="Int8EncoderPlan.RecordingRoom"/>.</summary>
    public float* Room;

    /// <summary>The layer's modules under the recording's adapter.</summary>
    public ModuleSides Query, Key, Value, Output, Up, Down;
}
