using System.Runtime.InteropServices;

namespace FLoRA.Inference.Native;

/// <summary>
/// dlopen by absolute path. NativeLibrary.Load always binds lazily; here a symbol that is missing must be an error at the
/// start, not the end of the process at its first use.
/// </summary>
internal static partial class DynamicLinker
{
    private const int BindLazily = 1;
    private const int BindNow = 2;

    /// <summary>Loads a library; functions are bound at their first use.</summary>
    /// <exception cref="DllNotFoundException">With the text of dlerror.</exception>
    public static nint Load(string path) => Open(path, BindLazily);

    /// <summary>Loads a library and binds every function at once.</summary>
    /// <exception cref="DllNotFoundException">With the text of dlerror.</exception>
    public static nint LoadAndBind(string path) => Open(path, BindNow);

    /// <summary>Sets a variable of the C environment, which Environment.SetEnvironmentVariable does not reach.</summary>
    public static void SetEnvironment(string name, string value)
    {
        if (SetEnv(name, value, 1) != 0)
            throw new NativeRuntimeException($"setenv('{name}') failed with errno {Marshal.GetLastPInvokeError()}.");
    }

    private static nint Open(string path, int mode)
    {
        DlError(); // Clears the slot, and binds dlerror itself before the call whose error it shall tell.
        var handle = DlOpen(path, mode);
        return handle != 0 ? handle : throw new DllNotFoundException(Marshal.PtrToStringUTF8(DlError()) ?? "dlopen gave no reason");
    }

    [LibraryImport("libdl.so.2", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint DlOpen(string path, int mode);

    [LibraryImport("libdl.so.2", EntryPoint = "dlerror")]
    private static partial nint DlError();

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
