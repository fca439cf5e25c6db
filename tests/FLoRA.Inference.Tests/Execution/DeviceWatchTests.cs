using System.Runtime.InteropServices;
using FLoRA.Inference.Execution;

namespace FLoRA.Inference.Tests.Execution;

/// <summary>When failed steps mean that the device is lost.</summary>
public class DeviceWatchTests
{
    private static readonly Exception Fault = new InvalidOperationException("CUDA error in a message of somebody else");

    [Fact]
    public void So_many_failures_in_a_row_are_a_loss_and_a_step_in_between_begins_anew()
    {
        var watch = new DeviceWatch(3);
        Assert.Null(watch.StepFailed(Fault));
        Assert.Null(watch.StepFailed(Fault));
        watch.StepDone();
        Assert.Null(watch.StepFailed(Fault));
        Assert.Null(watch.StepFailed(Fault));
        Assert.Equal("3 steps failed in a row", watch.StepFailed(Fault));
    }

    [Theory]
    [InlineData("CUDA error: an illegal memory access was encountered\nException raised from", true)]
    [InlineData("CUDA error: device-side assert triggered", true)]
    [InlineData("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling cublasSgemm", true)]
    [InlineData("CUDA out of memory. Tried to allocate 2.00 GiB", false)]
    [InlineData("CUDA error: out of memory", false)]
    [InlineData("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate(handle)", false)]
    [InlineData("The size of tensor a (3) must match the size of tensor b (4)", false)]
    public void An_error_of_which_cuda_does_not_recover_is_a_loss_at_once(string message, bool lost) =>
        Assert.Equal(lost, new DeviceWatch(3).StepFailed(new NativeError(message)) is not null);

    [Fact]
    public void Without_a_bound_no_failure_is_a_loss()
    {
        var watch = new DeviceWatch(null);
        for (int i = 0; i < 100; i++)
            Assert.Null(watch.StepFailed(new NativeError("CUDA error: unspecified launch failure")));
    }

    /// <summary>As the binding reports them.</summary>
    private sealed class NativeError(string message) : ExternalException(message);
}
