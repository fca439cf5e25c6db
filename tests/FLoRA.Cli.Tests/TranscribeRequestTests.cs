using System.Text.Json;
using FLoRA.Cli.Requests;
using FLoRA.Inference;
using FLoRA.Inference.Speech.Transcription;

namespace FLoRA.Cli.Tests;

/// <summary>The fields of a request to <c>flora transcribe</c>, without a model.</summary>
public sealed class TranscribeRequestTests
{
    [Fact]
    public void EveryFieldArrives()
    {
        TranscribeRequest request = Read("""
            {"id":1,"adapter":"a","audio":"x.wav","language":"de","task":"translate","timestamps":false,"word_timestamps":true,"rules":"none","prompt_tokens":[1,2],"temperature":0.5,"beam_size":3,
             "patience":1.5,"length_penalty":0.25,"initial_prompt":"p","carry_initial_prompt":true,"condition_on_previous_text":true,"compression_ratio_threshold":1,"logprob_threshold":-2,
             "no_speech_threshold":0.5,"max_new_tokens":7,"batched":true,"best_of":2,"seed":-9007199254740993,"allowed_languages":["de","cs"]}
            """);
        Assert.Equal([1, 2], request.Options.PromptTokens!);
        Assert.Equal(["de", "cs"], request.Options.AllowedLanguages!);
        Assert.Equal(
            new TranscriptionOptions
            {
                Adapter = "a", Language = "de", Task = SpeechTask.Translate, Timestamps = false, WordTimestamps = true, Rules = false, Temperature = 0.5, BeamSize = 3, Patience = 1.5,
                LengthPenalty = 0.25, InitialPrompt = "p", CarryInitialPrompt = true, ConditionOnPreviousText = true, CompressionRatioThreshold = 1, LogprobThreshold = -2,
                NoSpeechThreshold = 0.5, MaxNewTokens = 7, Batched = true, BestOf = 2, Seed = -9007199254740993,
            },
            request.Options with { PromptTokens = null, AllowedLanguages = null });
    }

    [Fact]
    public void AbsentFieldsAreTheDefaults() => Assert.Equal(new TranscriptionOptions(), Read("""{"id":1,"audio":"x.wav"}""").Options);

    [Fact]
    public void NullIsAbsentExceptForThresholdsWhereItIsOff()
    {
        TranscriptionOptions off = Read("""{"id":1,"audio":"x.wav","compression_ratio_threshold":null,"logprob_threshold":null,"no_speech_threshold":null,"timestamps":null,"rules":null,"temperature":null}""").Options;
        Assert.Equal(new TranscriptionOptions { CompressionRatioThreshold = null, LogprobThreshold = null, NoSpeechThreshold = null }, off);
    }

    [Theory]
    [InlineData("""{"id":1,"audio":"x","langauge":"de"}""", "unknown field 'langauge'; known: id, adapter, audio, language, allowed_languages, task, timestamps, ")]
    [InlineData("""{"id":1}""", "audio: expected the path of a recording")]
    [InlineData("""{"id":1,"audio":""}""", "audio: expected the path of a recording")]
    [InlineData("""{"id":1,"audio":5}""", "audio: expected a string, got 5")]
    [InlineData("""{"id":1,"audio":"x","task":"sing"}""", "task: expected transcribe or translate, got 'sing'")]
    [InlineData("""{"id":1,"audio":"x","rules":"some"}""", "rules: expected default or none, got 'some'")]
    [InlineData("""{"id":1,"audio":"x","timestamps":1}""", "timestamps: expected true or false, got 1")]
    [InlineData("""{"id":1,"audio":"x","logprob_threshold":"off"}""", "logprob_threshold: expected a number, got a string")]
    [InlineData("""{"id":1,"audio":"x","batched":"yes"}""", "batched: expected true or false, got a string")]
    [InlineData("""{"id":1,"audio":"x","allowed_languages":"de"}""", "allowed_languages: expected a list of strings, got a string")]
    [InlineData("""{"id":1,"audio":"x","beam_size":1.5}""", "beam_size: expected a whole number of 32 bits, got 1.5")]
    public void WrongFieldsAreNamed(string line, string message) => Assert.Contains(message, Assert.Throws<InvalidRequestException>(() => Read(line)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("/data/requests", "a/x.wav", "/data/requests/a/x.wav")]
    [InlineData("/data/requests", "/b/x.wav", "/b/x.wav")]
    [InlineData("", "x.wav", "x.wav")]
    public void RelativePathsBeginWhereTheRequestFileLies(string folder, string audio, string expected) =>
        Assert.Equal(expected, TranscribeRequest.Read(new FieldReader(JsonElement.Parse($$"""{"id":1,"audio":"{{audio}}"}""")), folder).Audio);

    [Fact]
    public void TheFolderIsThatOfTheFile()
    {
        Assert.Equal("", RequestFile.FolderOf("-"));
        Assert.Equal("/data/requests", RequestFile.FolderOf("/data/requests/r.jsonl"));
        Assert.Equal(Directory.GetCurrentDirectory(), RequestFile.FolderOf("r.jsonl"));
    }

    private static TranscribeRequest Read(string json) => TranscribeRequest.Read(new FieldReader(JsonElement.Parse(json)), "");
}
