namespace FLoRA.Cli.Loading;

/// <summary>What kind of model a verb needs.</summary>
internal enum ModelKind
{
    /// <summary>Either.</summary>
    Any,

    /// <summary>Text in, text out.</summary>
    Text,

    /// <summary>Recordings in, text out.</summary>
    Speech,
}
