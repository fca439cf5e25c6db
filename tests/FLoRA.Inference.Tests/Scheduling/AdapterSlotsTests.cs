using FLoRA.Inference.Adapters;
using FLoRA.Inference.Scheduling;

namespace FLoRA.Inference.Tests.Scheduling;

/// <summary>Who is resident: integers only, over rows that must lie side by side.</summary>
public sealed class AdapterSlotsTests
{
    private const int Budget = 10;

    private readonly Dictionary<string, (int Start, int Rows)> _places = [];
    private readonly RangeAllocator _rows = new(first: 0, Budget);
    private readonly HashSet<string> _kept = [];
    private readonly AdapterSlots<string> _slots;

    public AdapterSlotsTests() => _slots = new AdapterSlots<string>(Budget, TryPlace, Remove, _kept.Contains);

    [Fact]
    public void The_longest_unused_that_nobody_holds_makes_room()
    {
        foreach (string name in (string[])["a 3", "b 3", "c 3"])
            Use(name);
        Use("a 3");
        Assert.True(_slots.TryHold("d 3", 3));
        Assert.Equal(["a 3", "c 3", "d 3"], Resident);
        Assert.Equal((1, 4, 1), (_slots.Hits, _slots.Installs, _slots.Evictions));
        Assert.Equal(9, _slots.ResidentBytes);
    }

    [Fact]
    public void What_is_held_stays_and_whoever_finds_no_room_beside_it_evicts_nobody()
    {
        Use("idle 2");
        Assert.True(_slots.TryHold("a 4", 4));
        Assert.True(_slots.TryHold("b 4", 4));
        Assert.False(_slots.TryHold("c 3", 3));
        Assert.Equal(["a 4", "b 4", "idle 2"], Resident);
        _slots.Release("a 4");
        Assert.True(_slots.TryHold("c 3", 3));
        Assert.Equal(["b 4", "c 3"], Resident); // the longest unused first: idle 2 went, and did not do
    }

    [Fact]
    public void A_slot_is_held_until_its_last_holder_releases_it()
    {
        Assert.True(_slots.TryHold("a 6", 6));
        Assert.True(_slots.TryHold("a 6", 6));
        _slots.Release("a 6");
        Assert.False(_slots.TryHold("b 6", 6));
        _slots.Release("a 6");
        Assert.True(_slots.TryHold("b 6", 6));
        Assert.Throws<InvalidOperationException>(() => _slots.Release("a 6"));
    }

    [Fact]
    public void A_kept_one_stays_while_anybody_runs_and_moves_when_its_place_is_in_the_way()
    {
        Use("a 3");
        _kept.Add("k 2");
        Use("k 2"); // at 3, between two gaps of 3 and 5
        Assert.True(_slots.TryHold("b 1", 1));
        Assert.False(_slots.TryHold("c 8", 8));
        _slots.Release("b 1");
        Assert.True(_slots.TryHold("c 8", 8));
        Assert.Equal(["c 8", "k 2"], Resident);
        Assert.Equal(8, _places["k 2"].Start);
    }

    [Fact]
    public void Kept_ones_make_room_in_the_end_so_that_nobody_waits_for_ever()
    {
        _kept.UnionWith(["k 6", "l 4"]);
        Use("k 6");
        Use("l 4");
        Assert.True(_slots.TryHold("a 5", 5));
        Assert.Equal(["a 5", "l 4"], Resident);
        Assert.False(_slots.TryMakeResident("k 6", 6));
        _slots.Release("a 5");
        Assert.True(_slots.TryMakeResident("k 6", 6));
        Assert.Equal(["k 6", "l 4"], Resident);
    }

    [Fact]
    public void What_is_forgotten_leaves_its_place_and_is_no_eviction()
    {
        Use("a 6");
        _slots.Forget("a 6");
        _slots.Forget("never seen");
        Assert.Equal((0, 0, 0), (_slots.Count, _slots.ResidentBytes, _slots.Evictions));
        Assert.Throws<ArgumentException>(() => _slots.TryHold("b 11", 11));
    }

    private IEnumerable<string> Resident => _places.Keys.Order(StringComparer.Ordinal);

    private void Use(string name)
    {
        Assert.True(_slots.TryHold(name, Rows(name)));
        _slots.Release(name);
    }

    private bool TryPlace(string name)
    {
        int start = _rows.TryTake(Rows(name));
        if (start < 0)
            return false;
        _places.Add(name, (start, Rows(name)));
        return true;
    }

    private void Remove(string name)
    {
        Assert.True(_places.Remove(name, out (int Start, int Rows) place));
        _rows.Return(place.Start, place.Rows);
    }

    private static int Rows(string name) => int.Parse(name.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture);
}
