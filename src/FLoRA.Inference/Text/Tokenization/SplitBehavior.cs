namespace FLoRA.Inference.Text.Tokenization;

/// <summary>What becomes of the matches of a split, as tokenizer.json names it.</summary>
internal enum SplitBehavior
{
    /// <summary>They are dropped.</summary>
    Removed,

    /// <summary>Each is a piece.</summary>
    Isolated,

    /// <summary>Neighbours are one piece.</summary>
    Contiguous,

    /// <summary>Each ends the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>Each begins the piece after it.</summary>
    MergedWithNext,
}

/// <summary>Builds pieces from a text that has been cut into matches and gaps.</summary>
internal static class Splits
{
    /// <summary>Adds pieces from <paramref name="parts"/>, which cover the text in order.</summary>
    public static void Apply(SplitBehavior behavior, List<(Section Section, bool Match)> parts, List<Section> pieces)
    {
        bool previous = false;
        int first = pieces.Count;
        if (behavior == SplitBehavior.MergedWithNext)
        {
            for (int i = parts.Count - 1; i >= 0; i--)
                previous = Add(parts[i], pieces.Count > first && parts[i].Match && !previous);
            pieces.Reverse(first, pieces.Count - first);
            return;
        }
        foreach ((Section Section, bool Match) part in parts)
        {
            if (behavior == SplitBehavior.Removed && part.Match)
                continue;
            previous = Add(part, pieces.Count > first && behavior switch
            {
                SplitBehavior.Contiguous => part.Match == previous,
                SplitBehavior.MergedWithPrevious => part.Match && !previous,
                _ => false,
            });
        }

        bool Add((Section Section, bool Match) part, bool join)
        {
            if (join)
            {
                Section last = pieces[^1];
                pieces[^1] = new Section(Math.Min(last.Start, part.Section.Start), last.Length + part.Section.Length);
            }
            else if (part.Section.Length > 0)
            {
                pieces.Add(part.Section);
            }
            return part.Match;
        }
    }
}
