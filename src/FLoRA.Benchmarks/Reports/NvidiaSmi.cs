using System.ComponentModel;
using System.Diagnostics;

namespace FLoRA.Benchmarks.Reports;

/// <summary>Asks NVIDIA's tool for the device.</summary>
internal static class NvidiaSmi
{
    /// <summary>Name, memory and driver of the first device; null without the tool or a device.</summary>
    public static string? FirstDevice()
    {
        var start = new ProcessStartInfo("nvidia-smi", ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output.Split('\n', 2)[0].Trim() : null;
        }
        catch (Win32Exception)
        {
            return null; // the tool is not installed
        }
    }
}
