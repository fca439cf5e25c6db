using FLoRA.SemanticKernel;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.AI;

/// <summary>Stages of a chat client's pipeline that know adapters.</summary>
public static class FloraChatClientBuilderExtensions
{
    /// <summary>Adds a <see cref="FloraCachingChatClient"/>, in place of <c>UseDistributedCache</c>, whose key does not know the default adapter and no adapter's content.</summary>
    /// <param name="builder">The pipeline, over a <see cref="FloraChatClient"/>.</param>
    /// <param name="storage">Where the answers are kept; null: the container's.</param>
    /// <returns>The builder.</returns>
    public static ChatClientBuilder UseFloraCache(this ChatClientBuilder builder, IDistributedCache? storage = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Use((inner, services) => new FloraCachingChatClient(inner, storage ?? services.GetRequiredService<IDistributedCache>()));
    }
}
