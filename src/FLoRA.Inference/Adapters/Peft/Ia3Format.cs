namespace FLoRA.Inference.Adapters.Peft;

/// <summary>
/// IA3: ia3_l [out, 1] scales the output after the bias was added, y = l * (W0 x + b); or, for feedforward_modules, ia3_l [1, in]
/// scales the input, y = W0 (l * x) + b.
/// </summary>
internal sealed class Ia3Format : AdapterFormat
{
    private const string TensorL = "ia3_l";
    private static readonly TensorAxis One = new("", 1);
    private readonly ModuleNames? _feedForward;

    private Ia3Format(ModuleNames? feedForward) => _feedForward = feedForward;

    /// <inheritdoc/>
    public override AdapterKind Kind => AdapterKind.Ia3;

    /// <inheritdoc/>
    public override int NominalRank => 1;

    /// <inheritdoc/>
    public override IReadOnlyList<string> TensorNames => [TensorL];

    /// <summary>Reads feedforward_modules, which must be there: PEFT would choose them by architecture where it is null.</summary>
    public static new Ia3Format? Read(PeftOptions options, ProblemList problems)
    {
        const string option = "feedforward_modules";
        if (options.Value(option) is null)
        {
            problems.Add($"{option} is missing; expected a list of module names (empty where every scale is on the output)");
            return null;
        }

        return new Ia3Format(ModuleNames.Read(options, option, problems));
    }

    /// <inheritdoc/>
    public override ModuleAdapter? Fold(ModuleTarget module, AdapterTensors tensors)
    {
        if (IsFeedForward(module.Path))
        {
            return tensors.Take(module.Path, TensorL, One, module.In) is { } input
                ? new ModuleAdapter { Path = module.Path, RowCount = 1, InputScale = input }
                : null;
        }

        return tensors.Take(module.Path, TensorL, module.Out, One) is { } output
            ? new ModuleAdapter { Path = module.Path, RowCount = 1, OutputScale = output, BiasScale = output }
            : null;
    }

    /// <summary>As PEFT matches here: by the bare end of the path, not only at a dot.</summary>
    private bool IsFeedForward(string path) =>
        _feedForward?.Names?.Any(name => path.EndsWith(name, StringComparison.Ordinal)) ?? _feedForward?.Matches(path) ?? false;
}
