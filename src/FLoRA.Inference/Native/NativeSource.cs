namespace FLoRA.Inference.Native;

/// <summary>Where libtorch was found.</summary>
public enum NativeSource
{
    /// <summary>An existing PyTorch that the environment variable <c>FLORA_TORCH_LIB</c> names.</summary>
    External,

    /// <summary>The application's own copy, where the runtime probes: a program that references the native packages itself.</summary>
    ProbingPath,

    /// <summary>The folder <c>flora-native</c> of a published program.</summary>
    Published,

    /// <summary>The package folders that the build recorded.</summary>
    BuildPackages,

    /// <summary>The user's NuGet package folder.</summary>
    UserPackages,
}
