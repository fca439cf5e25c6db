using CodeAgent.Agent;
using CodeAgent.Languages;
using CodeAgent.Sandbox;

namespace CodeAgent.Tests.Languages;

public sealed class ProgramRunnerTests : IDisposable
{
    private readonly ProgramRunner _runner = new(TestRun.Sandbox, 2);

    public void Dispose() => _runner.Dispose();

    // Perl and Bash are on every machine that this builds on; JavaScript and Lua are embedded.
    [Theory]
    [InlineData("pl", false)]
    [InlineData("sh", false)]
    [InlineData("js", true)]
    [InlineData("lua", true)]
    public async Task Reference_solutions_pass_and_broken_ones_fail(string id, bool embedded)
    {
        Language language = TestRun.Language(id);
        Toolchain? tool = embedded ? EmbeddedTools.Find(language) : await FinderOn(Environment.GetEnvironmentVariable("PATH")).FindAsync(language, TestContext.Current.CancellationToken);
        tool.ShouldNotBeNull();
        foreach (CodingTask task in EvalSet.Load(TestRun.Embedded.EvalSets, [language]).Where((_, i) => i % 25 == 0))
        {
            LanguageTask form = task.ByLanguage[id];
            (await RunAsync(language, tool, form.Program(form.Reference!))).Succeeded.ShouldBeTrue($"{task.Name} in {language.Name}");
            (await RunAsync(language, tool, form.Program("    return nothing(\n"))).Succeeded.ShouldBeFalse($"{task.Name} in {language.Name}, broken");
        }
    }

    [Theory]
    [InlineData("throw new Error('no');", false)]
    [InlineData("const assert = require('assert'); assert.deepEqual([1, {a: [2]}], [1, {a: [2]}]); assert.equal(1, '1'); assert(true); assert.strictEqual('a', 'a');", true)]
    [InlineData("require('node:assert').deepEqual([1, 2], [1, 3]);", false)]
    [InlineData("require('node:assert').deepEqual([1], [1, 2]);", false)]
    [InlineData("require('node:assert').deepEqual({a: 1}, {b: 1});", false)]
    [InlineData("require('node:assert').deepEqual([], false);", false)]
    [InlineData("require('node:assert').deepStrictEqual([1], ['1']);", false)]
    [InlineData("require('node:assert').throws(() => { throw 1; });", true)]
    [InlineData("function f() { return f(); } f();", false)]
    [InlineData("let = ;", false)]
    [InlineData("require('fs');", false)]
    [InlineData("if (typeof System !== 'undefined' || typeof importNamespace !== 'undefined' || typeof process !== 'undefined') throw 1;", true)]
    public async Task Embedded_JavaScript_has_assert_and_nothing_of_the_machine(string program, bool passes)
    {
        Language language = TestRun.Language("js");
        SandboxResult result = await RunAsync(language, EmbeddedTools.Find(language)!, program);

        result.Outcome.ShouldBe(SandboxOutcome.Exited, result.Output);
        result.Succeeded.ShouldBe(passes, result.Output);
    }

    [Theory]
    [InlineData("assert(1 == 2)", false)]
    [InlineData("error({})", false)]
    [InlineData("x = = 1", false)]
    [InlineData("for _, n in ipairs({'os', 'io', 'package', 'require', 'debug', 'dofile', 'loadfile', 'luanet', 'import', 'CLRPackage'}) do assert(_G[n] == nil, n) end", true)]
    [InlineData("for n in pairs(_G) do assert(({assert=1,error=1,getmetatable=1,ipairs=1,load=1,next=1,pairs=1,pcall=1,print=1,rawequal=1,rawget=1,rawlen=1,rawset=1,select=1,setmetatable=1,tonumber=1,tostring=1,type=1,warn=1,xpcall=1,_G=1,_VERSION=1,coroutine=1,math=1,string=1,table=1,utf8=1})[n], n) end", true)]
    [InlineData("assert(load('return 1 + 1')() == 2); assert(load('\\27Lua') == nil); assert(string.dump == nil)", true)]
    [InlineData("print(('äöü'):upper(), utf8.len('äöü')); assert(utf8.len('äöü') == 3)", true)]
    public async Task Embedded_Lua_has_the_language_and_nothing_of_the_machine(string program, bool passes)
    {
        Language language = TestRun.Language("lua");
        SandboxResult result = await RunAsync(language, EmbeddedTools.Find(language)!, program);

        result.Outcome.ShouldBe(SandboxOutcome.Exited, result.Output);
        result.Succeeded.ShouldBe(passes, result.Output);
    }

    [Theory]
    [InlineData("js", "while (true) {}")]
    [InlineData("lua", "while true do end")]
    public async Task Embedded_interpreters_are_children_under_the_same_limits(string id, string program)
    {
        Language language = TestRun.Language(id);
        Toolchain tool = EmbeddedTools.Find(language)!;
        var impatient = tool with { Steps = [tool.Steps[0] with { Limits = tool.Steps[0].Limits with { WallTime = TimeSpan.FromSeconds(2) } }] };

        (await RunAsync(language, impatient, program)).Outcome.ShouldBe(SandboxOutcome.TimeExceeded);
    }

    [Fact]
    public async Task Without_any_tool_JavaScript_and_Lua_are_embedded_and_the_others_missing()
    {
        IReadOnlyDictionary<string, Toolchain> tools = await FinderOn("").FindAllAsync(LanguageTable.All, TestContext.Current.CancellationToken);

        tools.Keys.Order().ShouldBe(["js", "lua"]);
        tools["js"].Tool.ShouldBe("Jint (embedded)");
    }

    [Fact]
    public async Task A_tool_that_cannot_run_a_program_is_no_tool()
    {
        using var folder = new SandboxFolder();
        folder.Write("ruby", "#!/bin/sh\nexit 1\n");
        File.SetUnixFileMode(Path.Combine(folder.Path, "ruby"), UnixFileMode.UserRead | UnixFileMode.UserExecute);

        (await FinderOn(folder.Path).FindAsync(TestRun.Language("rb"), TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    [Fact]
    public async Task A_step_that_fails_is_the_last()
    {
        var limits = new SandboxLimits();
        var tool = new Toolchain("two steps", new ToolStep(["sh", "-c", "echo first; exit 4"], limits), new ToolStep(["sh", "-c", "echo second"], limits));
        SandboxResult result = await RunAsync(TestRun.Language("rs"), tool, "");

        result.Code.ShouldBe(4);
        result.Output.ShouldBe("first\n");
    }

    private ToolFinder FinderOn(string? path) => new(_runner, path);

    private Task<SandboxResult> RunAsync(Language language, Toolchain tool, string program) =>
        _runner.RunAsync(language, tool, program, TestContext.Current.CancellationToken);
}
