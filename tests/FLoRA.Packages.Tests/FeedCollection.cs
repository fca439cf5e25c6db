namespace FLoRA.Packages.Tests;

/// <summary>Packed once for all tests, which run one after the other: two cores.</summary>
[CollectionDefinition(Name)]
public sealed class FeedCollection : ICollectionFixture<Feed>
{
    public const string Name = "feed";
}
