using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Kernels.Cpu.Packed;
using FLoRA.Inference.Kernels.Cpu.Sampling;
using FLoRA.Inference.Native;

namespace FLoRA.Inference.Tests.Kernels.Packed;

/// <summary>Loops over rows, on every kind of threads: each row once, and what a row throws comes out.</summary>
public sealed class RowLoopTests : IDisposable
{
    private readonly KernelPool _pool = new();

    public RowLoopTests() => _pool.Ensure(3);

    public static TheoryData<string> Loops => ["serial", "pool of one", "pool", "torch"];

    [Theory, MemberData(nameof(Loops))]
    public void Each_row_is_done_once(string loop)
    {
        var random = new Random(1);
        for (int round = 0; round < 300; round++)
        {
            int[] done = new int[1 + random.Next(100)];
            Loop(loop).Run(done.Length, 1 + random.Next(9), (begin, end) =>
            {
                for (int row = begin; row < end; row++)
                    Interlocked.Increment(ref done[row]);
            });
            Assert.All(done, times => Assert.Equal(1, times));
        }
    }

    [Theory, MemberData(nameof(Loops))]
    public void What_a_row_throws_comes_out(string loop)
    {
        for (int failing = 0; failing < 10; failing++)
        {
            int row = failing;
            Assert.Equal("row", Assert.Throws<InvalidDataException>(() => Loop(loop).Run(10, 1, (begin, end) =>
            {
                if (begin <= row && row < end)
                    throw new InvalidDataException("row");
            })).Message);
        }
    }

    public void Dispose() => _pool.Dispose();

    private RowLoop Loop(string name) => name switch
    {
        "serial" => RowLoop.Serial,
        "pool of one" => new PoolRowLoop(_pool, 1),
        "pool" => new PoolRowLoop(_pool, 3),
        _ => new TorchRowLoop(TorchCpuLibrary.TryBind(NativeRuntime.EnsureLoaded().TorchFolder)!),
    };
}
