using System.Text.Json;
using FLoRA.Inference.Text;

namespace FLoRA.Cli.Requests;

/// <summary>The field <c>messages</c> of a request.</summary>
internal static class TurnReader
{
    private const string Role = "role", Content = "content", Name = "name";

    private static readonly string[] Known = [Role, Content, Name];

    /// <summary>The turns of a conversation, or null.</summary>
    public static IReadOnlyList<ChatTurn>? Read(FieldReader fields) =>
        fields.Value("messages", "a list of {\"role\", \"content\"} (and \"name\") with strings", AreTurns, AsTurns);

    /// <summary>The fields <c>template_name</c> and <c>template_variables</c> of a conversation; null: neither is there.</summary>
    public static TemplateOptions? Options(FieldReader fields)
    {
        string? name = fields.Text("template_name");
        Dictionary<string, JsonElement>? variables = fields.Value("template_variables", "an object", element => element.ValueKind == JsonValueKind.Object, AsVariables);
        return name is null && variables is null ? null : new TemplateOptions { Name = name, Variables = variables ?? [] };
    }

    /// <summary>The fields of an object.</summary>
    public static Dictionary<string, JsonElement> AsVariables(JsonElement element)
    {
        Dictionary<string, JsonElement> variables = [];
        foreach (JsonProperty field in element.EnumerateObject())
            variables[field.Name] = field.Value.Clone();
        return variables;
    }

    private static bool AreTurns(JsonElement element) => element.ValueKind == JsonValueKind.Array && element.EnumerateArray().All(IsTurn);

    private static bool IsTurn(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object
        && element.EnumerateObject().All(field => field.Value.ValueKind == JsonValueKind.String && Known.Contains(field.Name))
        && element.EnumerateObject().DistinctBy(field => field.Name).Count() == element.EnumerateObject().Count()
        && element.TryGetProperty(Role, out _) && element.TryGetProperty(Content, out _);

    private static ChatTurn[] AsTurns(JsonElement element) =>
        [.. element.EnumerateArray().Select(turn => new ChatTurn(
            turn.GetProperty(Role).GetString()!, turn.GetProperty(Content).GetString()!, turn.TryGetProperty(Name, out JsonElement name) ? name.GetString() : null))];
}
