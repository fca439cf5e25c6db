using System.Text;
using FLoRA.Inference.Text.Templates.Builtins;

namespace FLoRA.Inference.Text.Templates.Values;

/// <summary>A list or a tuple. Templates cannot change it.</summary>
/// <param name="items">Its items.</param>
/// <param name="isTuple">It is written with round brackets.</param>
internal sealed class ListValue(IReadOnlyList<Value> items, bool isTuple = false) : Value
{
    public override string TypeName => isTuple ? "tuple" : "list";

    public override bool IsTrue => items.Count > 0;

    public override int Size => items.Count;

    public override int Length => items.Count;

    public bool IsTuple => isTuple;

    public override void WriteLiteral(StringBuilder text, RenderBudget budget)
    {
        budget.Enter();
        text.Append(isTuple ? '(' : '[');
        for (int i = 0; i < items.Count; i++)
        {
            budget.Spend(1);
            text.Append(i > 0 ? ", " : "");
            items[i].WriteLiteral(text, budget);
        }

        text.Append(!isTuple ? "]" : items.Count == 1 ? ",)" : ")");
        budget.Leave();
    }

    public override Value? Attribute(string name) => ListMethods.Find(this, name);

    public override Value? Item(Value key)
    {
        if (key.AsInteger is not { } place)
            return null;
        place = place < 0 ? place + items.Count : place;
        return place >= 0 && place < items.Count ? items[(int)place] : null;
    }

    public override Value Slice(Slice slice, RenderBudget budget)
    {
        budget.Spend(items.Count);
        return new ListValue([.. slice.Of(items.Count).Select(place => items[place])], isTuple);
    }

    public override IReadOnlyList<Value> Items(RenderBudget budget) => items;

    public override bool Contains(Value value, RenderBudget budget)
    {
        budget.Spend(items.Count);
        return items.Any(item => item.IsSame(value, budget));
    }

    public override bool IsSame(Value other, RenderBudget budget)
    {
        if (other is not ListValue list || list.IsTuple != isTuple || list.Length != items.Count)
            return false;
        budget.Spend(items.Count);
        budget.Enter();
        IReadOnlyList<Value> others = list.Items(budget);
        bool same = !items.Where((item, i) => !item.IsSame(others[i], budget)).Any();
        budget.Leave();
        return same;
    }
}
