using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>The tools as a cloud model sees them: names, descriptions, JSON schema.</summary>
public sealed class ToolSchemaTests : IDisposable
{
    private readonly PluginKernel _kernel = new();

    /// <summary>Each tool: its parameters in order, with their types; those in brackets may be left out.</summary>
    public static TheoryData<string, string> Tools => new()
    {
        { "list_adapters", "[language:string]" },
        { "complete_code", "language:string code:string [max_tokens:integer] [stop:array] [adapter:string]" },
        { "infill_code", "language:string before:string after:string [max_tokens:integer] [adapter:string]" },
        { "generate_text", "adapter:string prompt:string [max_tokens:integer] [temperature:number] [stop:array]" },
    };

    public void Dispose() => _kernel.Dispose();

    [Theory]
    [MemberData(nameof(Tools))]
    public void The_schema_has_every_parameter_with_a_description(string name, string parameters)
    {
        foreach (AIFunction tool in Both(name))
        {
            JsonElement schema = tool.JsonSchema;
            string[] required = schema.TryGetProperty("required", out JsonElement list) ? [.. list.EnumerateArray().Select(item => item.GetString()!)] : [];
            string.Join(' ', schema.GetProperty("properties").EnumerateObject().Select(p => required.Contains(p.Name) ? $"{p.Name}:{TypeOf(p.Value)}" : $"[{p.Name}:{TypeOf(p.Value)}]"))
                .ShouldBe(parameters);
            foreach (JsonProperty parameter in schema.GetProperty("properties").EnumerateObject())
                parameter.Value.GetProperty("description").GetString()!.ShouldContain("for example");
        }
    }

    [Theory]
    [MemberData(nameof(Tools))]
    public void Kernel_and_functions_tell_the_same(string name, string parameters)
    {
        AIFunction[] both = Both(name);
        both[0].Description.ShouldNotBeEmpty();
        both[1].Description.ShouldBe(both[0].Description);
        foreach (string parameter in parameters.Split(' ').Select(p => p.Trim('[', ']').Split(':')[0]))
        {
            Description(both[1], parameter).ShouldBe(Description(both[0], parameter));
            // Some services refuse descriptions that are longer.
            Description(both[0], parameter).Length.ShouldBeLessThan(1024);
        }
    }

    [Theory]
    [MemberData(nameof(Tools))]
    public void The_result_is_a_string_with_a_description(string name, string parameters)
    {
        parameters.ShouldNotBeEmpty();
        _kernel.Plugin.AsAIFunctions().Single(f => f.Name == name).ReturnJsonSchema!.Value.GetProperty("type").GetString().ShouldBe("string");
        KernelReturnParameterMetadata result = Plugin[name].Metadata.ReturnParameter;
        result.ParameterType.ShouldBe(typeof(string));
        result.Description.ShouldContain("Error:");
    }

    [Fact]
    public void There_are_four_tools_either_way()
    {
        string[] names = [.. Tools.Select(row => row.Data.Item1)];
        _kernel.Plugin.AsAIFunctions().Select(f => f.Name).ShouldBe(names);
        Plugin.Select(f => f.Name).ShouldBe(names, ignoreOrder: true);
    }

    [Fact]
    public void Every_argument_is_described_in_the_source()
    {
        foreach (MethodInfo method in typeof(FloraPlugin).GetMethods().Where(m => m.GetCustomAttribute<KernelFunctionAttribute>() is not null))
        {
            method.GetCustomAttribute<DescriptionAttribute>().ShouldNotBeNull(method.Name);
            method.ReturnParameter.GetCustomAttribute<DescriptionAttribute>().ShouldNotBeNull(method.Name);
            foreach (ParameterInfo parameter in method.GetParameters().Where(p => p.ParameterType != typeof(CancellationToken)))
                parameter.GetCustomAttribute<DescriptionAttribute>().ShouldNotBeNull($"{method.Name}, {parameter.Name}");
        }
    }

    private KernelPlugin Plugin => KernelPluginFactory.CreateFromObject(_kernel.Plugin, "Flora");

    private AIFunction[] Both(string name) => [_kernel.Plugin.AsAIFunctions().Single(f => f.Name == name), Plugin[name]];

    private static string Description(AIFunction tool, string parameter) =>
        tool.JsonSchema.GetProperty("properties").GetProperty(parameter).GetProperty("description").GetString()!;

    /// <summary>The type, without the null that stands for "left out".</summary>
    private static string TypeOf(JsonElement schema)
    {
        JsonElement type = schema.GetProperty("type");
        return type.ValueKind == JsonValueKind.String ? type.GetString()! : type.EnumerateArray().Select(t => t.GetString()!).Single(t => t != "null");
    }
}
