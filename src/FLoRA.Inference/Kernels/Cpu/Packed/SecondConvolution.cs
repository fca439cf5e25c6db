namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>The product of the encoder's second convolution, three quarters of the work before the layers: frames that lie one behind another are one line of inputs.</summary>
internal abstract unsafe class SecondConvolution : IDisposable
{
    /// <summary>Frames -> channels, without bias, on the calling thread.</summary>
    /// <param name="input">[rows, frames x channels].</param>
    /// <param name="stride">Numbers from row to row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="room">The thread's.</param>
    /// <param name="resultStride">Numbers from row to row of the result; padded to 16.</param>
    /// <returns>[rows, channels], in the room.</returns>
    public abstract float* Multiply(float* input, long stride, int count, float* room, out long resultStride);

    public abstract void Dispose();
}
