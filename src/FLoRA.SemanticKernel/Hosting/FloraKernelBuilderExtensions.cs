using FLoRA.SemanticKernel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.SemanticKernel;

/// <summary>Registers a local model with adapters in a kernel.</summary>
public static class FloraKernelBuilderExtensions
{
    /// <inheritdoc cref="FloraServiceCollectionExtensions.AddFlora(IServiceCollection, Action{FloraOptions}, string?)"/>
    /// <param name="builder">The kernel builder. A kernel is not disposable: dispose <c>kernel.Services</c> to free the engine.</param>
    /// <param name="configure">Sets the options; see <see cref="FloraOptions"/>.</param>
    /// <param name="serviceId">Key of the services.</param>
    /// <returns>The builder.</returns>
    public static IKernelBuilder AddFlora(this IKernelBuilder builder, Action<FloraOptions> configure, string? serviceId = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddFlora(configure, serviceId);
        return builder;
    }

    /// <inheritdoc cref="FloraServiceCollectionExtensions.AddFlora(IServiceCollection, IConfiguration, string?)"/>
    /// <param name="builder">The kernel builder. A kernel is not disposable: dispose <c>kernel.Services</c> to free the engine.</param>
    /// <param name="section">Holds the names of <see cref="FloraOptions"/>.</param>
    /// <param name="serviceId">Key of the services.</param>
    /// <returns>The builder.</returns>
    public static IKernelBuilder AddFlora(this IKernelBuilder builder, IConfiguration section, string? serviceId = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddFlora(section, serviceId);
        return builder;
    }

    /// <inheritdoc cref="FloraServiceCollectionExtensions.AddFloraSpeech(IServiceCollection, Action{FloraSpeechOptions}, string?)"/>
    /// <param name="builder">The kernel builder. A kernel is not disposable: dispose <c>kernel.Services</c> to free the engine.</param>
    /// <param name="configure">Sets the options; see <see cref="FloraSpeechOptions"/>.</param>
    /// <param name="serviceId">Key of the services.</param>
    /// <returns>The builder.</returns>
    public static IKernelBuilder AddFloraSpeech(this IKernelBuilder builder, Action<FloraSpeechOptions> configure, string? serviceId = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddFloraSpeech(configure, serviceId);
        return builder;
    }

    /// <inheritdoc cref="FloraServiceCollectionExtensions.AddFloraSpeech(IServiceCollection, IConfiguration, string?)"/>
    /// <param name="builder">The kernel builder. A kernel is not disposable: dispose <c>kernel.Services</c> to free the engine.</param>
    /// <param name="section">Holds the names of <see cref="FloraSpeechOptions"/>.</param>
    /// <param name="serviceId">Key of the services.</param>
    /// <returns>The builder.</returns>
    public static IKernelBuilder AddFloraSpeech(this IKernelBuilder builder, IConfiguration section, string? serviceId = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddFloraSpeech(section, serviceId);
        return builder;
    }
}
