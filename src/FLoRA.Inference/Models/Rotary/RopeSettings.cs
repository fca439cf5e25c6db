namespace FLoRA.Inference.Models.Rotary;

/// <summary>How rotary angles are scaled to contexts longer than the trained one.</summary>
internal enum RopeScaling
{
    /// <summary>Not at all.</summary>
    Default,

    /// <summary>All frequencies divided by the factor (position interpolation).</summary>
    Linear,

    /// <summary>Low frequencies divided by the factor, high ones kept, a ramp between (Llama 3.1).</summary>
    Llama3,
}

/// <summary>The rotary part of a configuration.</summary>
/// <param name="Scaling">Kind of scaling.</param>
/// <param name="Theta">Base of the geometric series of wavelengths.</param>
/// <param name="Factor">Scaling factor; 1 without scaling.</param>
/// <param name="LowFrequencyFactor">llama3: wavelengths above original positions / this are divided by the factor.</param>
/// <param name="HighFrequencyFactor">llama3: wavelengths below original positions / this are kept.</param>
/// <param name="OriginalPositions">llama3: context length before scaling.</param>
internal sealed record RopeSettings(
    RopeScaling Scaling,
    double Theta,
    double Factor = 1,
    double LowFrequencyFactor = 1,
    double HighFrequencyFactor = 1,
    int OriginalPositions = 0);
