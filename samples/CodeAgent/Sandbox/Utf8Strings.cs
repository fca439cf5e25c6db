using System.Runtime.InteropServices;

namespace CodeAgent.Sandbox;

/// <summary>A null-terminated array of C strings, as argv and envp are.</summary>
internal sealed unsafe class Utf8Strings : IDisposable
{
    private readonly nint[] _strings;

    public Utf8Strings(IEnumerable<string> values)
    {
        _strings = [.. values.Select(Marshal.StringToCoTaskMemUTF8)];
        Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_strings.Length + 1), (nuint)sizeof(nint));
        for (int i = 0; i < _strings.Length; i++)
            Pointer[i] = (byte*)_strings[i];
    }

    public byte** Pointer { get; }

    public void Dispose()
    {
        foreach (nint text in _strings)
            Marshal.FreeCoTaskMem(text);
        NativeMemory.Free(Pointer);
    }
}
