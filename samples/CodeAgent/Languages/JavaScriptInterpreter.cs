using Jint;

namespace CodeAgent.Languages;

/// <summary>Runs one JavaScript file with Jint: console, and require('assert'); no other module, no file, no .NET.</summary>
internal static class JavaScriptInterpreter
{
    private const int RecursionLimit = 5_000;

    private const string Prelude = """
        (function (print) {
          function fail(message) { throw new Error(message); }
          function show(v) { try { return typeof v === 'string' ? v : JSON.stringify(v) ?? String(v); } catch { return String(v); } }
          function deep(a, b, same) {
            const plain = v => v === null || typeof v !== 'object';
            if (plain(a) || plain(b)) return plain(a) && plain(b) && same(a, b);
            if (Array.isArray(a) !== Array.isArray(b)) return false;
            const ka = Object.keys(a), kb = Object.keys(b);
            return ka.length === kb.length && ka.every(k => Object.hasOwn(b, k) && deep(a[k], b[k], same));
          }
          const loose = (a, b) => a == b || (a !== a && b !== b);
          function assert(value, message) { if (!value) fail(message ?? 'assertion failed'); }
          const check = (test) => (a, b, message) => { if (!test(a, b)) fail(message ?? show(a) + ' against ' + show(b)); };
          Object.assign(assert, {
            ok: assert,
            equal: check(loose), notEqual: check((a, b) => !loose(a, b)),
            strictEqual: check(Object.is), notStrictEqual: check((a, b) => !Object.is(a, b)),
            deepEqual: check((a, b) => deep(a, b, loose)), notDeepEqual: check((a, b) => !deep(a, b, loose)),
            deepStrictEqual: check((a, b) => deep(a, b, Object.is)), notDeepStrictEqual: check((a, b) => !deep(a, b, Object.is)),
            throws(f) { try { f(); } catch { return; } fail('nothing was thrown'); },
          });
          assert.strict = assert;
          const log = (...values) => print(values.map(show).join(' '));
          globalThis.console = { log, info: log, warn: log, error: log, debug: log };
          globalThis.require = (name) => /^(node:)?assert(\/strict)?$/.test(name) ? assert : fail("Cannot find module '" + name + "'");
          globalThis.module = { exports: {} };
        })
        """;

    /// <returns>0, or 1 after an uncaught error, as a JavaScript program would exit.</returns>
    public static int Run(string file, TextWriter output)
    {
        using var engine = new Engine(options => options.LimitRecursion(RecursionLimit));
        engine.Invoke(engine.Evaluate(Prelude), (Action<string>)output.WriteLine);
        try
        {
            engine.Execute(File.ReadAllText(file), file);
            return 0;
        }
        catch (JintException e)
        {
            output.WriteLine(e.Message);
            return 1;
        }
    }
}
