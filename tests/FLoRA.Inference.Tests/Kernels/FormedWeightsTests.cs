using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels;
using FLoRA.Inference.Native;
using static TorchSharp.torch;

namespace FLoRA.Inference.Tests.Kernels;

/// <summary>Weights that were formed for adapters are kept within a budget.</summary>
public class FormedWeightsTests
{
    private const long OneWeight = 4 * 4 * sizeof(float);

    public FormedWeightsTests() => NativeRuntime.EnsureLoaded();

    [Fact]
    public void What_was_formed_is_not_formed_again_until_the_adapter_goes()
    {
        using var formed = new FormedWeights(10 * OneWeight);
        InstalledAdapter adapter = Adapter();
        object layer = new();
        Assert.Equal(1, Formings(formed, layer, adapter, times: 3));
        Assert.Equal(1, Formings(formed, new object(), adapter, times: 2));
        formed.Forget(adapter);
        Assert.Equal(1, Formings(formed, layer, adapter, times: 2));
    }

    [Fact]
    public void Where_it_is_full_the_adapter_that_was_not_used_for_longest_goes()
    {
        using var formed = new FormedWeights(2 * OneWeight);
        object layer = new();
        InstalledAdapter oldest = Adapter(), used = Adapter(), newest = Adapter();
        Formings(formed, layer, oldest, 1);
        Formings(formed, layer, used, 1);
        Formings(formed, layer, newest, 1);
        Assert.Equal(0, Formings(formed, layer, used, 1));
        Assert.Equal(0, Formings(formed, layer, newest, 1));
        Assert.Equal(1, Formings(formed, layer, oldest, 1));
    }

    [Fact]
    public void An_adapter_that_does_not_fit_keeps_what_does_and_takes_nothing_from_itself()
    {
        using var formed = new FormedWeights(2 * OneWeight);
        InstalledAdapter adapter = Adapter();
        object[] layers = [new(), new(), new()];
        foreach (object layer in layers)
            Formings(formed, layer, adapter, 1);
        Assert.Equal([0, 0, 1], layers.Select(layer => Formings(formed, layer, adapter, 1)));
    }

    [Fact]
    public void What_is_kept_outlives_its_scope_and_what_is_not_does_not_leak()
    {
        long before = TorchSharp.DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        using (var formed = new FormedWeights(OneWeight))
        {
            InstalledAdapter adapter = Adapter();
            object layer = new();
            Formings(formed, layer, adapter, 1);
            Formings(formed, new object(), adapter, 3);
            Assert.Equal(before + 1, TorchSharp.DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
            using var scope = NewDisposeScope();
            Assert.Equal(16, formed.Get(layer, adapter, () => throw new InvalidOperationException("is kept")).Weight.sum().item<float>());
        }

        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    private static int Formings(FormedWeights formed, object layer, InstalledAdapter adapter, int times)
    {
        int count = 0;
        for (int i = 0; i < times; i++)
        {
            using var scope = NewDisposeScope();
            formed.Get(layer, adapter, () =>
            {
                count++;
                return (ones(4, 4), null);
            });
        }

        return count;
    }

    private static InstalledAdapter Adapter() => new()
    {
        Adapter = new Adapter { Folder = "", Kind = AdapterKind.Flora, Rank = 1, Modules = [], ParameterCount = 0, ContentHash = "" },
        RowStart = 1,
        ScaledRows = 1,
        RowCounts = [1],
        Scales = [ModuleScales.Input],
        AdditiveStart = -1,
        AdditiveRows = 0,
        AdditiveRanks = [0],
    };
}
