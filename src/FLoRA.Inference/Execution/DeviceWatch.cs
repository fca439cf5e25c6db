using System.Runtime.InteropServices;

namespace FLoRA.Inference.Execution;

/// <summary>
/// Tells a step that failed, which is over with its sequences, from a device that is lost: steps that fail one after the other, or a failure that CUDA
/// says every later call will repeat. Engine thread only.
/// </summary>
/// <param name="mostFailedSteps">So many in a row are a loss; null: any number is none.</param>
internal sealed class DeviceWatch(int? mostFailedSteps)
{
    // How libtorch words the errors that stay with a CUDA context until the process ends; memory that is full is none of them.
    private static readonly string[] Sticky = ["CUDA error", "CUBLAS_STATUS", "CUDNN_STATUS", "device-side assert", "ECC error"];
    private static readonly string[] Passing = ["out of memory", "ALLOC_FAILED"];

    private int _failedSteps;

    /// <summary>A step was computed.</summary>
    public void StepDone() => _failedSteps = 0;

    /// <summary>A step failed.</summary>
    /// <returns>Why the device is lost; null: it is not.</returns>
    public string? StepFailed(Exception exception)
    {
        _failedSteps++;
        if (mostFailedSteps is null)
            return null;
        if (IsSticky(exception))
            return "the device does not recover from that";
        return _failedSteps >= mostFailedSteps ? $"{_failedSteps} steps failed in a row" : null;
    }

    private static bool IsSticky(Exception exception) =>
        exception is ExternalException { Message: var message }
        && Sticky.Any(message.Contains)
        && !Passing.Any(words => message.Contains(words, StringComparison.OrdinalIgnoreCase));
}
