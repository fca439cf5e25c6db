using FLoRA.Inference.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace FLoRA.Inference.Tests.Text;

public sealed class StopMatcherTests
{
    [Fact]
    public void Holds_back_only_what_may_become_a_stop_string()
    {
        StopMatcher matcher = new(["\nfunction ", "\n//"]);
        Assert.Equal("a", matcher.Push("a\n"));
        Assert.Equal("\n", matcher.Push("\n"));
        Assert.Equal("", matcher.Push("fun"));
        Assert.Equal("\nfunk ", matcher.Push("k "));
        Assert.Equal("x", matcher.Push("x\n/"));
        Assert.Equal("", matcher.Push("/ comment"));
        Assert.True(matcher.Matched);
        Assert.Equal("", matcher.Push("more"));
        Assert.Equal("", matcher.Flush());
    }

    [Fact]
    public void Repeated_prefixes_fall_back_to_the_longest_border()
    {
        StopMatcher matcher = new(["aab"]);
        Assert.Equal("", matcher.Push("aa"));
        Assert.Equal("aa", matcher.Push("aa"));
        Assert.Equal("", matcher.Push("b"));
        Assert.True(matcher.Matched);
    }

    [Fact]
    public void Without_a_match_the_end_gives_out_what_was_held()
    {
        StopMatcher matcher = new(["stop"]);
        Assert.Equal("x ", matcher.Push("x sto"));
        Assert.Equal("sto", matcher.Flush());
        Assert.False(matcher.Matched);
    }

    [Fact]
    public void Of_stops_complete_at_once_the_longest_is_cut()
    {
        StopMatcher matcher = new(["c", "bc"]);
        Assert.Equal("a", matcher.Push("abcd"));
        Assert.True(matcher.Matched);
    }

    [Property(MaxTest = 2000, Replay = "3,5")]
    public Property Equals_the_naive_search_for_any_cut_into_pieces() => Prop.ForAll(Cases(), @case =>
    {
        (string text, string[] stops, int[] cuts) = @case;
        StopMatcher matcher = new(stops);
        string given = "", seen = "";
        foreach (string piece in Cut(text, cuts))
        {
            given += matcher.Push(piece);
            seen += piece;
            if (!matcher.Matched)
                Assert.Equal(seen[..^HeldBack(seen, stops)], given);
        }
        given += matcher.Flush();
        (string expected, bool matched) = Naive(text, stops);
        Assert.Equal(expected, given);
        Assert.Equal(matched, matcher.Matched);
    });

    // A two-letter alphabet, so that matches, overlaps and borders are common.
    private static Arbitrary<(string Text, string[] Stops, int[] Cuts)> Cases()
    {
        Gen<string> Word(int least, int most) => Gen.Choose(least, most).SelectMany(length => Gen.Elements('a', 'b', 'c').ArrayOf(length)).Select(letters => new string(letters));
        return Arb.From(
            from text in Word(0, 40)
            from count in Gen.Choose(0, 3)
            from stops in Word(1, 6).ArrayOf(count)
            from cuts in Gen.Choose(1, 5).ArrayOf(40)
            select (text, stops, cuts));
    }

    private static IEnumerable<string> Cut(string text, int[] lengths)
    {
        int at = 0;
        for (int i = 0; at < text.Length; at += lengths[i++])
            yield return text.Substring(at, Math.Min(lengths[i], text.Length - at));
    }

    private static int HeldBack(string text, string[] stops) =>
        Enumerable.Range(0, text.Length + 1).Reverse().First(length => length == 0 || stops.Any(stop => length < stop.Length && text.EndsWith(stop[..length], StringComparison.Ordinal)));

    private static (string Text, bool Matched) Naive(string text, string[] stops)
    {
        (int End, int Start)[] found = [.. stops
            .Select(stop => (Start: text.IndexOf(stop, StringComparison.Ordinal), stop.Length))
            .Where(match => match.Start >= 0)
            .Select(match => (match.Start + match.Length, match.Start))];
        return found.Length == 0 ? (text, false) : (text[..found.Min().Start], true);
    }
}
