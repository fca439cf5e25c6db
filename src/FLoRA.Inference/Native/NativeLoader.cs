namespace FLoRA.Inference.Native;

/// <summary>Loads a layout's libraries by absolute path, dependencies first.</summary>
/// <param name="cacheRoot">Where the patched copy is kept if one is needed.</param>
internal sealed class NativeLoader(Func<string> cacheRoot)
{
    /// <returns>The handle of libLibTorchSharp.so and the file that it came from.</returns>
    /// <exception cref="NativeRuntimeException">A library cannot be loaded; with cause and fix.</exception>
    public (nint Binding, string BindingFile) Load(NativeLayout layout)
    {
        foreach (var file in layout.TorchFiles)
            Open(file, DynamicLinker.Load);
        try
        {
            return (DynamicLinker.LoadAndBind(layout.BindingFile), layout.BindingFile);
        }
        catch (DllNotFoundException failure) when (LoadError.IsMissingGlibcxx(failure.Message))
        {
            var copy = new PatchedBinding(cacheRoot()).GetOrCreate(layout.BindingFile);
            return (Open(copy, DynamicLinker.LoadAndBind), copy);
        }
        catch (DllNotFoundException failure)
        {
            throw new NativeRuntimeException(LoadError.Explain(layout.BindingFile, failure.Message), failure);
        }
    }

    private static nint Open(string path, Func<string, nint> load)
    {
        try
        {
            return load(path);
        }
        catch (DllNotFoundException failure)
        {
            throw new NativeRuntimeException(LoadError.Explain(path, failure.Message), failure);
        }
    }
}
