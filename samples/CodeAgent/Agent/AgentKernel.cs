using FLoRA.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;

namespace CodeAgent.Agent;

/// <summary>The kernel with one local model and the adapters of all languages.</summary>
internal static class AgentKernel
{
    /// <summary>Builds it; nothing is loaded yet.</summary>
    public static Kernel Build(ModelChoice choice, int? threads, string dtype, BatchMeter meter)
    {
        IKernelBuilder builder = Kernel.CreateBuilder();
        builder.AddFlora(options =>
        {
            options.Model = choice.Model;
            options.Adapters = new Dictionary<string, string>(choice.Adapters);
            options.Threads = threads;
            options.DType = dtype;
            options.Trace = meter.OnStep;
        });
        return builder.Build();
    }

    /// <summary>Loads model and adapters now, so that what is wrong with them is said before the work begins.</summary>
    public static ModelInfo Load(Kernel kernel) =>
        (kernel.Services.GetRequiredService<IChatClient>().GetService<Engine>() ?? throw new InvalidOperationException("The chat client has no engine.")).Model;
}
