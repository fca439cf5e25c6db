using CodeAgent.Sandbox;

namespace CodeAgent.Languages;

/// <summary>Runs program texts. At most as many at once as there are processors; others wait. Thread-safe.</summary>
internal sealed class ProgramRunner(ProgramSandbox sandbox, int concurrentPrograms) : IProgramRunner, IDisposable
{
    private readonly SemaphoreSlim _slots = new(concurrentPrograms);

    /// <summary>Runs a program in a fresh folder: the last step's result, or that of the first step that failed.</summary>
    public async Task<SandboxResult> RunAsync(Language language, Toolchain toolchain, string program, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            using var folder = new SandboxFolder();
            folder.Write(language.FileName, program);
            SandboxResult? result = null;
            foreach (ToolStep step in toolchain.Steps)
            {
                result = await sandbox.RunAsync(folder, step.Command, toolchain.Environment, step.Limits, cancellationToken);
                if (!result.Succeeded)
                    return result;
            }
            return result ?? throw new ArgumentException($"The toolchain '{toolchain.Tool}' has no step.", nameof(toolchain));
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose() => _slots.Dispose();
}
