namespace FLoRA.Benchmarks.Plots;

/// <summary>A line of a panel.</summary>
/// <param name="Name">In the legend.</param>
/// <param name="Color">Number of its color, the same in all panels.</param>
/// <param name="Points">Rank and value, by rank; empty where the value does not depend on a rank.</param>
/// <param name="Level">The value at any rank; null: see the points.</param>
internal sealed record Line(string Name, int Color, IReadOnlyList<(double Rank, double Value)> Points, double? Level = null);

/// <summary>One plot against ranks, from 0 up.</summary>
/// <param name="Title">Above it.</param>
/// <param name="ValueLabel">Of the vertical axis.</param>
/// <param name="Lines">Its lines.</param>
internal sealed record Panel(string Title, string ValueLabel, IReadOnlyList<Line> Lines);
