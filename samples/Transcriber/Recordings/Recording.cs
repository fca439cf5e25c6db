namespace Transcriber.Recordings;

/// <summary>A recording to be transcribed.</summary>
/// <param name="Path">The file.</param>
/// <param name="Name">Shown: the path without what all recordings have in common.</param>
/// <param name="Language">What is spoken; null: to be detected.</param>
/// <param name="Reference">What is said; null: not known.</param>
internal sealed record Recording(string Path, string Name, string? Language, string? Reference);
