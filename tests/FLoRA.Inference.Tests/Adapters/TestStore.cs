using FLoRA.Inference.Adapters;

namespace FLoRA.Inference.Tests.Adapters;

/// <summary>Stores and adapters without numbers.</summary>
internal static class TestStore
{
    public const int MaxRows = 8;

    public static AdapterStore Of(Action<AdapterVersion>? retired = null, long hostBytes = long.MaxValue, long bankBytes = long.MaxValue, TimeProvider? time = null) =>
        new(new AdapterLimits(MaxRows, BankCapacity.Small with { Bytes = bankBytes }), hostBytes, time ?? TimeProvider.System, retired ?? (_ => { }));

    /// <summary>One with a content of its own.</summary>
    public static AdapterImage Image(int rows, string folder = "folder", long bytes = 100, string? content = null) => new()
    {
        Adapter = new Adapter
        {
            Folder = folder,
            Kind = AdapterKind.Flora,
            Rank = rows,
            Modules = [new ModuleAdapter { Path = "m", RowCount = rows }],
            ParameterCount = 0,
            ContentHash = content ?? Guid.NewGuid().ToString(),
        },
        RowCounts = [rows],
        Scales = [ModuleScales.Output],
        AdditiveRanks = [0],
        Modules = [],
        HostBytes = bytes,
        BankBytes = bytes,
    };
}
