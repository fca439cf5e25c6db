using System.Text.Json;

namespace FLoRA.Cli.Tests;

public sealed class TemplateTests
{
    private static readonly string Mistral = Path.Combine(FloraRun.TestData, "chat", "mistral-style");

    [Fact]
    public async Task ConversationsAreWrittenAndRefusalsFailAlone()
    {
        const string Input = """
            {"id":1,"messages":[{"role":"user","content":"Hi"}],"add_generation_prompt":true}
            {"id":2,"messages":[{"role":"system","content":"Be brief."}]}
            {"id":3,"messages":[{"role":"user","content":"Hi","name":"Ann"},{"role":"assistant","content":"Yes"}],"add_generation_prompt":false}
            {"id":4,"messages":[{"role":"user","content":"Hi","nickname":"Ann"}]}
            {"id":5,"prompt":"Hi"}
            """;
        FloraRun run = await FloraRun.WithInputAsync(Input, "template", "--model", Mistral, "--requests", "-");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal("<s>[INST] Hi [/INST]", run.Line("1").GetProperty("text").GetString());
        Assert.Equal("InvalidRequestException: The model's chat template refuses the conversation: Only user and assistant roles are supported!", run.ErrorOf("2"));
        Assert.Equal("<s>[INST] Hi [/INST]Yes</s>", run.Line("3").GetProperty("text").GetString());
        Assert.StartsWith("InvalidRequestException: messages: expected a list of", run.ErrorOf("4"), StringComparison.Ordinal);
        Assert.Contains("unknown field 'prompt'", run.ErrorOf("5"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestsGiveNameAndVariables()
    {
        const string Input = """
            {"id":1,"messages":[],"template_variables":{"messages":1}}
            {"id":2,"messages":[{"role":"user","content":"Hi"}],"template_variables":{"bos_token":"<begin>"}}
            {"id":3,"messages":[{"role":"user","content":"Hi"}],"template_name":"rag"}
            {"id":4,"messages":[{"role":"user","content":"Hi"}],"template_variables":[1]}
            """;
        FloraRun run = await FloraRun.WithInputAsync(Input, "template", "--model", Mistral, "--requests", "-");
        Assert.Contains("'messages' is written by the engine", run.ErrorOf("1"), StringComparison.Ordinal);
        Assert.Equal("<begin>[INST] Hi [/INST]", run.Line("2").GetProperty("text").GetString());
        Assert.Contains("no chat template 'rag'", run.ErrorOf("3"), StringComparison.Ordinal);
        Assert.Contains("template_variables: expected an object, got [1]", run.ErrorOf("4"), StringComparison.Ordinal);
        FloraRun chat = await FloraRun.WithInputAsync("", "chat", "--model", FloraRun.Coder, "--template-variables", "[1]");
        Assert.NotEqual(0, chat.ExitCode);
        Assert.Contains("--template-variables: expected an object", chat.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFolderWithoutATemplateIsRefused() =>
        (await FloraRun.WithInputAsync("""{"id":1,"messages":[]}""", "template", "--model", FloraRun.Coder, "--requests", "-")).AssertRefused("it has no chat template");

    /// <summary>A folder of links to tinycoder's files, with a chat template.</summary>
    [Fact]
    public async Task ChatAndGenerateUseTheTemplateOfTheFolder()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("flora-templated-");
        try
        {
            foreach (string file in Directory.GetFiles(FloraRun.Coder))
                File.CreateSymbolicLink(Path.Combine(folder.FullName, Path.GetFileName(file)), file);
            File.WriteAllText(Path.Combine(folder.FullName, "chat_template.jinja"), "{% if messages[0].role != 'user' %}{{ raise_exception('begin with user') }}{% endif %}-- {{ messages[-1].content + '\\n' }}");
            string input = string.Join('\n', [
                JsonSerializer.Serialize(new { id = "chat", messages = new[] { new { role = "user", content = "Cap qty at 6." } }, max_new_tokens = 4 }),
                JsonSerializer.Serialize(new { id = "raw", prompt = "-- Cap qty at 6.\n", max_new_tokens = 4 }),
                JsonSerializer.Serialize(new { id = "bad", messages = new[] { new { role = "system", content = "x" } }, max_new_tokens = 4 })]);
            FloraRun run = await FloraRun.WithInputAsync(input, "generate", "--model", folder.FullName, "--requests", "-");
            Assert.Equal(run.Line("raw").GetProperty("tokens").ToString(), run.Line("chat").GetProperty("tokens").ToString());
            Assert.EndsWith("begin with user", run.ErrorOf("bad"), StringComparison.Ordinal);
            FloraRun chat = await FloraRun.WithInputAsync("Cap qty at 6.\n", "chat", "--model", folder.FullName, "--max-new-tokens", "4");
            Assert.Equal(0, chat.ExitCode);
            Assert.Equal(run.Line("raw").GetProperty("text").GetString()!.Trim(), chat.Output.Trim());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
