namespace FLoRA.Inference.Adapters;

/// <summary>Where a path leads when every link on the way is followed.</summary>
internal static class RealPath
{
    /// <summary>Links that are followed at most, as Linux does.</summary>
    private const int MostLinks = 40;

    /// <summary>The path without links; null: they go in a circle. What does not exist stays as it is written.</summary>
    public static string? Of(string path)
    {
        string full = Path.GetFullPath(path), real = Path.GetPathRoot(full)!;
        var rest = new Stack<string>();
        Push(rest, full);
        for (int links = 0; rest.TryPop(out string? part);)
        {
            if (part == "..")
            {
                real = Path.GetDirectoryName(real) ?? real;
                continue;
            }

            string next = Path.Combine(real, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }

            if (++links > MostLinks)
                return null;
            if (Path.IsPathRooted(target))
                real = Path.GetPathRoot(Path.GetFullPath(target))!;
            Push(rest, target);
        }

        return Path.TrimEndingDirectorySeparator(real);
    }

    /// <summary>The parts behind the root, the first on top. What is left of a link's "..": after the parts before it have been followed.</summary>
    private static void Push(Stack<string> rest, string path)
    {
        string[] parts = path[Path.GetPathRoot(path)!.Length..].Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        foreach (string part in parts.Where(p => p != ".").Reverse())
            rest.Push(part);
    }
}
