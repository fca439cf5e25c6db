namespace FLoRA.Cli;

/// <summary>Entry of the process; everything else takes its streams from a <see cref="Terminal"/>.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        using Terminal terminal = Terminal.OfProcess();
        return await FloraCommand.RunAsync(args, terminal);
    }
}
