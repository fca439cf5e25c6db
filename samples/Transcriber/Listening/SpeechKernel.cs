using FLoRA.Inference;
using FLoRA.SemanticKernel;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.SemanticKernel;

namespace Transcriber.Listening;

/// <summary>The kernel with one speech model: as the settings say, and once more without an adapter by language. Both are one engine and share its batches.</summary>
internal static class SpeechKernel
{
    /// <summary>Id of the service without adapters.</summary>
    public const string Base = "base";

    /// <summary>Builds it; nothing is loaded yet.</summary>
    public static Kernel Build(SpeechSettings settings, BatchMeter meter)
    {
        IKernelBuilder builder = Kernel.CreateBuilder();
        builder.AddFloraSpeech(settings.Flora).AddFloraSpeech(settings.FloraBase, Base);
        foreach (string name in (string[])[Options.DefaultName, Base])
            builder.Services.Configure<FloraSpeechOptions>(name, options => options.Trace = meter.OnStep);
        return builder.Build();
    }

    /// <summary>Loads model and adapters now, so that what is wrong with them is said before the work begins.</summary>
    public static Engine Load(Kernel kernel) =>
        kernel.Services.GetRequiredService<ISpeechToTextClient>().GetService<Engine>() ?? throw new InvalidOperationException("The speech client has no engine.");
}
