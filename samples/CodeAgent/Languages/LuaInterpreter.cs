using NLua;
using NLua.Exceptions;

namespace CodeAgent.Languages;

/// <summary>Runs one Lua file with NLua: the plain language, without os, io, package, debug and .NET.</summary>
internal static class LuaInterpreter
{
    // Precompiled chunks are not verified by Lua, so load takes text only. NLua's own names lead into .NET.
    private const string Restriction = """
        local plain, kind, fail = load, type, error
        load = function(chunk, name, _, ...)
          return plain(chunk, name, 't', ...)
        end
        string.dump = nil
        for _, name in ipairs({
          'os', 'io', 'package', 'require', 'debug', 'dofile', 'loadfile', 'loadstring', 'collectgarbage',
          'luanet', 'import', 'CLRPackage', 'load_assembly', 'import_type', 'get_object_member', 'free_object',
          'register_table', 'unregister_table', 'make_object', 'get_constructor_bysig', 'get_method_bysig', 'ctype', 'enum', 'each',
        }) do
          _G[name] = nil
        end
        """;

    /// <returns>0, or 1 after an error, as a Lua program would exit.</returns>
    public static int Run(string file, TextWriter output)
    {
        using var lua = new Lua();
        lua.State.Encoding = System.Text.Encoding.UTF8;
        lua.DoString(Restriction, "restriction");
        try
        {
            lua.DoString(File.ReadAllBytes(file), "@" + file);
            return 0;
        }
        catch (LuaException e)
        {
            output.WriteLine(e.Message);
            return 1;
        }
    }
}
