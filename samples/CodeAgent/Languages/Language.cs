namespace CodeAgent.Languages;

/// <summary>A programming language of the sample.</summary>
/// <param name="Id">File extension, name of the eval set and prefix of the adapter, e.g. "rb".</param>
/// <param name="Name">Name for people.</param>
internal sealed record Language(string Id, string Name)
{
    /// <summary>Name of the program's file.</summary>
    public string FileName => "program." + Id;
}
