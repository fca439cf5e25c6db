using FLoRA.Inference.Adapters;
using static TorchSharp.torch;

namespace FLoRA.Inference.Kernels.Cpu.Packed;

/// <summary>The adapters of a step in one module: which rows its tokens take and what they are scaled with. Pointers into the bank: valid within one step.</summary>
internal unsafe struct ModuleRows
{
    /// <summary>Rows of all tokens.</summary>
    public int Count;

    /// <summary>Leading tokens whose sequence has an adapter that scales rows; 0: every token is its row.</summary>
    public int ScaledTokens;

    /// <summary>[tokens + 1]: first row of each token; null: every token is its row.</summary>
    public long* FirstRowOfToken;

    /// <summary>[rows of scaled tokens]: where in the bank.</summary>
    public long* BankRowOfRow;

    /// <summary>[scaled tokens]: an adapter's first row in the bank.</summary>
    public long* BankRowOfToken;

    /// <summary>B, A and beta * b in the bank; null: not scaled.</summary>
    public AdapterNumbers InputScale, OutputScale, ScaledBias;

    /// <summary>D and U transposed in the bank; null: no additive pair in the step.</summary>
    public AdapterNumbers Down, Up;

    /// <summary>See <see cref="ModuleBank.IsUpInPanels"/>.</summary>
    public bool IsUpInPanels;

    /// <summary>b, or null.</summary>
    public float* Bias;

    /// <summary>Whether tokens have rows of their own in front of the product.</summary>
    public readonly bool Expands => FirstRowOfToken != null && (!InputScale.IsNull || Count != ScaledTokens);

    /// <summary>Whether any token has an additive pair.</summary>
    public readonly bool Adds => !Down.IsNull;

    /// <summary>The rows of a module in a step.</summary>
    /// <param name="adapters">The step's adapters.</param>
    /// <param name="module">Index of the module.</param>
    /// <param name="tokens">Tokens of the step.</param>
    /// <param name="bias">b, or null.</param>
    /// <param name="library">Gives data pointers.</param>
    public static ModuleRows Of(BatchAdapters adapters, int module, int tokens, float* bias, TorchCpuLibrary library)
    {
        var rows = new ModuleRows { Count = tokens, Bias = bias };
        if (adapters.Rows(module) is { } map)
        {
            ModuleBank bank = adapters.Bank(module);
            rows.Count = map.RowCount;
            rows.ScaledTokens = map.ScaledTokens;
            rows.FirstRowOfToken = library.Pointer<long>(map.FirstRowOfToken);
            rows.BankRowOfRow = library.Pointer<long>(map.BankRowOfRow);
            rows.BankRowOfToken = library.Pointer<long>(map.BankRowOfToken);
            if (map.Scales.HasFlag(ModuleScales.Input))
                rows.InputScale = Numbers(bank.InputScale!, library);
            if (map.Scales.HasFlag(ModuleScales.Output))
                rows.OutputScale = Numbers(bank.OutputScale!, library);
            if (map.Scales.HasFlag(ModuleScales.Bias) && bank.ScaledBias is not null)
                rows.ScaledBias = Numbers(bank.ScaledBias, library);
        }

        if (adapters.Additive(module) is not null)
        {
            ModuleBank bank = adapters.Bank(module);
            rows.Down = Numbers(bank.Down!, library);
            rows.Up = Numbers(bank.UpTransposed!, library);
            rows.IsUpInPanels = bank.IsUpInPanels;
        }

        return rows;
    }

    private static AdapterNumbers Numbers(Tensor tensor, TorchCpuLibrary library) => new(library.Pointer<byte>(tensor), tensor.dtype switch
    {
        ScalarType.Float16 => NumberType.Half,
        ScalarType.BFloat16 => NumberType.BFloat16,
        _ => NumberType.Single,
    });

    /// <summary>First row of a token and the one behind its last.</summary>
    public readonly (long First, long End) RowsOf(int token) =>
        FirstRowOfToken == null ? (token, token + 1) : (FirstRowOfToken[token], FirstRowOfToken[token + 1]);
}
