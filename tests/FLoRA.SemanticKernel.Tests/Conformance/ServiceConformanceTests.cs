using FLoRA.Inference;
using Microsoft.Extensions.AI;

namespace FLoRA.SemanticKernel.Tests;

/// <summary>Loaded once for the class.</summary>
public sealed class SharedTinycoder : IDisposable
{
    internal Tinycoder Tinycoder { get; } = new();

    public void Dispose() => Tinycoder.Dispose();
}

/// <summary>What all three services promise of answers, options and arguments, over the real engine.</summary>
public class ServiceConformanceTests(SharedTinycoder shared) : IClassFixture<SharedTinycoder>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Services() => [.. ServiceFace.Names];

    public static TheoryData<string, bool> Calls()
    {
        var calls = new TheoryData<string, bool>();
        foreach (string name in ServiceFace.Names)
        {
            calls.Add(name, false);
            calls.Add(name, true);
        }

        return calls;
    }

    private ServiceFace Face(string service) => ServiceFace.Of(service, shared.Tinycoder);

    [Theory]
    [MemberData(nameof(Services))]
    public async Task A_stream_is_the_full_answer_in_parts_with_the_same_metadata(string service)
    {
        ServiceFace face = Face(service);
        foreach ((GoldenCompletion golden, int? maxTokens) in Tinycoder.Golden.Take(6).SelectMany(g => new[] { (g, (int?)null), (g, 5) }))
        {
            FloraPromptExecutionSettings settings = Route.Ends(golden, golden.Adapter);
            settings.MaxTokens = maxTokens ?? TinycoderFixture.MaxTokens;
            object options = face.Options(settings);
            ServiceAnswer full = await face.AskAsync(golden.Prompt, options, Cancel);
            List<ServiceAnswer> parts = await face.StreamAsync(golden.Prompt, options, Cancel).ToListAsync(Cancel);

            string.Concat(parts.Select(p => p.Text)).ShouldBe(full.Text);
            if (maxTokens is null)
                full.Text.ShouldBe(golden.Text);
            else
                golden.Text.ShouldStartWith(full.Text);
            full.ModelId.ShouldBe("tinycoder");
            parts.ShouldAllBe(p => p.ModelId == "tinycoder");
            parts.Count(p => p.Metadata?.ContainsKey(FloraKeys.Usage) == true).ShouldBe(1);
            Described(parts[^1].Metadata!).ShouldBe(Described(full.Metadata!));
            full.Metadata![FloraKeys.ResultAdapterId].ShouldBe(golden.Adapter);
            ((UsageDetails)full.Metadata[FloraKeys.Usage]!).OutputTokenCount.ShouldNotBeNull().ShouldBeGreaterThan(0);
        }
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Stop_and_length_are_told_apart(string service, bool streaming)
    {
        ServiceFace face = Face(service);
        GoldenCompletion golden = Tinycoder.Golden.First(g => g.Name == "tiny_042_count_all");
        FloraPromptExecutionSettings cut = Route.Ends(golden, golden.Adapter);
        cut.MaxTokens = 3;
        ServiceAnswer stopped = await face.CallAsync(streaming, golden.Prompt, face.Options(Route.Ends(golden, golden.Adapter)), Cancel);
        ServiceAnswer shortened = await face.CallAsync(streaming, golden.Prompt, face.Options(cut), Cancel);
        stopped.Metadata![FloraKeys.FinishReason].ShouldBe("stop");
        shortened.Metadata![FloraKeys.FinishReason].ShouldBe("length");
        ((UsageDetails)shortened.Metadata[FloraKeys.Usage]!).OutputTokenCount.ShouldBe(3);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Options_are_not_changed(string service, bool streaming)
    {
        ServiceFace face = Face(service);
        object options = face.Options(new FloraPromptExecutionSettings
        {
            AdapterId = Tinycoder.Lua, Temperature = 0.7, TopP = 0.9, TopK = 40, Seed = 5, MaxTokens = 6, StopSequences = ["\n\n"], LogitBias = new Dictionary<int, double> { [7] = -1 },
        });
        string before = ServiceFace.Written(options);
        ServiceAnswer first = await face.CallAsync(streaming, "local x", options, Cancel);
        ServiceFace.Written(options).ShouldBe(before);
        (await face.CallAsync(streaming, "local x", options, Cancel)).Text.ShouldBe(first.Text);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Sixteen_at_once_each_get_what_they_get_alone(string service, bool streaming)
    {
        ServiceFace face = Face(service);
        GoldenCompletion[] golden = [.. Tinycoder.Golden.Take(16)];
        ServiceAnswer[] answers = await Task.WhenAll(golden.Select(g =>
            Task.Run(() => face.CallAsync(streaming, g.Prompt, face.Options(Route.Ends(g, g.Adapter)), Cancel))));
        answers.Select(a => a.Text).ShouldBe(golden.Select(g => g.Text));
        answers.Select(a => a.Metadata![FloraKeys.ResultAdapterId]).ShouldBe(golden.Select(g => g.Adapter));
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Arguments_are_checked(string service, bool streaming)
    {
        ServiceFace face = Face(service);
        await Should.ThrowAsync<ArgumentNullException>(() => face.CallAsync(streaming, null!, null, Cancel));
        await Should.ThrowAsync<InvalidRequestException>(() => face.AskNothingAsync(Cancel));
        await Should.ThrowAsync<InvalidRequestException>(() => face.CallAsync(streaming, "", null, Cancel));
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task What_is_not_supported_throws_by_name_and_what_does_no_harm_does_not(string service, bool streaming)
    {
        ServiceFace face = Face(service);
        foreach ((string name, object options) in face.Refused)
            (await Should.ThrowAsync<NotSupportedException>(() => face.CallAsync(streaming, "local x", options, Cancel), name)).Message.ShouldContain($"'{name}");
        foreach (object options in face.Harmless)
            (await face.CallAsync(streaming, "local x", options, Cancel)).Text.ShouldNotBeEmpty();
    }

    private static string[] Described(IReadOnlyDictionary<string, object?> metadata) =>
        [.. metadata.Select(p => $"{p.Key}: {(p.Value is UsageDetails u ? $"{u.InputTokenCount}+{u.OutputTokenCount}={u.TotalTokenCount}" : p.Value)}").Order(StringComparer.Ordinal)];
}
