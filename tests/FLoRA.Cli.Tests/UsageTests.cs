namespace FLoRA.Cli.Tests;

public sealed class UsageTests
{
    public static TheoryData<string[], string> Wrong() => new()
    {
        { [], "Required command was not provided" },
        { ["sing"], "sing" },
        { ["generate", "--model", "m"], "expected either --requests FILE.jsonl or --prompt TEXT" },
        { ["generate", "--model", "m", "--requests", "-", "--prompt", "x"], "expected either --requests FILE.jsonl or --prompt TEXT" },
        { ["generate", "--model", "m", "--requests", "-", "--top-k", "3"], "--top-k: goes with --prompt" },
        { ["generate", "--model", "m", "--requests", "-", "--dtype", "int9"], "--dtype: expected float32, bfloat16, float16 or int8; got 'int9'" },
        { ["generate", "--model", "m", "--requests", "-", "--dtype", "float64"], "got 'float64'" },
        { ["generate", "--model", "m", "--requests", "-", "--device", "tpu"], "--device: expected auto, cpu or cuda; got 'tpu'" },
        { ["generate", "--model", "m", "--prompt", "x", "--temperature", "warm"], "--temperature: expected a number, got 'warm'" },
        { ["generate", "--model", "m", "--prompt", "x", "--top-k", "-1"], "--top-k: expected a whole number of at least 0, got '-1'" },
        { ["generate", "--model", "m", "--prompt", "x", "--seed", "1.5"], "--seed: expected a whole number of 64 bits, got '1.5'" },
        { ["chat", "--model", "m", "--temperature", "hot"], "--temperature: expected a number, got 'hot'" },
        { ["generate", "--model", "m", "--requests", "/dev/null", "--adapter", " =x"], "--adapter: expected NAME=DIR, got ' =x'" },
        { ["generate", "--model", FloraRun.Coder, "--requests", "/dev/null", "--threads", "100000"], "Threads: expected 1 to 1024, got 100000" },
        { ["generate", "--model", FloraRun.Coder, "--requests", "/dev/null", "--kv-tokens", "15"], "KvTokens: expected at least one block of 16, got 15" },
        { ["generate", "--model", FloraRun.Coder, "--requests", "/dev/null", "--kv-tokens", "2000000000"], "KvTokens (--kv-tokens): 2000000000 tokens of " },
        { ["generate", "--model", "m", "--requests", "-", "--threads", "0"], "--threads: expected a whole number of at least 1, got '0'" },
        { ["generate", "--model", "m", "--requests", "-", "--max-rows", "many"], "--max-rows: expected a whole number of at least 1, got 'many'" },
        { ["generate", "--model", "m", "--requests", "-", "--adapter", "noequals"], "--adapter: expected NAME=DIR, got 'noequals'" },
        { ["generate", "--model", "m", "--requests", "-", "--adapter", "a=x", "--adapter", "a=y"], "the name 'a' is given twice" },
        { ["generate", "--requests", "-"], "--model" },
        { ["score", "--model", "m"], "--requests" },
        { ["info", "--adapters", "x"], "need --model" },
        { ["transcribe", "--model", "m"], "expected either --requests FILE.jsonl or --audio FILE..." },
        { ["transcribe", "--model", "m", "--requests", "-", "--audio", "x.wav"], "expected either --requests FILE.jsonl or --audio FILE..." },
        { ["transcribe", "--model", "m", "--requests", "-", "--format", "srt"], "--format: goes with --audio" },
        { ["transcribe", "--model", "m", "--requests", "-", "--timestamps"], "--timestamps: goes with --audio" },
        { ["transcribe", "--model", "m", "--requests", "-", "--batched"], "--batched: goes with --audio" },
        { ["transcribe", "--model", "m", "--requests", "-", "--word-timestamps", "--initial-prompt", "x"], "--initial-prompt: goes with --audio" },
        { ["transcribe", "--model", "m", "--audio", "x.wav", "--temperature", "warm"], "--temperature: expected a number, got 'warm'" },
        { ["transcribe", "--model", "m", "--audio", "x.wav", "--format", "doc"], "--format: expected text, json, srt or vtt; got 'doc'" },
        { ["transcribe", "--model", "m", "--audio", "x.wav", "--task", "sing"], "--task: expected transcribe or translate; got 'sing'" },
        { ["transcribe", "--model", "m", "--audio", "x.wav", "--beam", "0"], "--beam: expected a whole number of at least 1, got '0'" },
        { ["transcribe", "--model", "m", "--audio", "x.wav", "y.wav", "x.wav"], "--audio: 'x.wav' is given twice" },
        { ["transcribe", "--model", "m", "--audio", "x.wav", "y.wav", "--format", "vtt"], "--format vtt: 2 recordings cannot share one file; give --output DIR" },
        { ["transcribe", "--model", "m", "--audio", "a/x.wav", "b/x.mp3", "--output", "o"], "'a/x.wav' and 'b/x.mp3' would both be written to 'o/x.txt'" },
        { ["transcribe", "--model", FloraRun.Coder, "--audio", "x.wav"], "model_type is 'gpt_bigcode', a model of text alone" },
        { ["generate", "--model", FloraRun.Whisper, "--prompt", "x"], "model_type is 'whisper', a speech model; expected one of text ('flora transcribe' runs speech models)" },
        { ["score", "--model", FloraRun.Whisper, "--requests", "/dev/null"], "a speech model" },
        { ["chat", "--model", FloraRun.Whisper], "a speech model" },
        { ["generate", "--model", FloraRun.Coder, "--prompt", "x", "--dtype", "int8", "--device", "cuda"], "DType: int8 runs on the CPU; expected Device cpu or auto, got cuda" },
        { ["bench"], "Required command was not provided" },
        { ["bench", "decode"], "expected --model DIR or --config FILE, got neither" },
        { ["bench", "decode", "--model", "m", "--config", "c"], "expected --model DIR or --config FILE, got both" },
        { ["bench", "decode", "--config", "nowhere.json"], "--config: there is no file 'nowhere.json'" },
        { ["bench", "decode", "--model", "m", "--sequences", "0"], "--sequences: expected a whole number of at least 1, got '0'" },
        { ["bench", "decode", "--model", "m", "--kind", "dora"], "--kind: expected none, flora, ia3, lora-gathered, lora-bmm or lora-naive; got 'dora'" },
        { ["bench", "prefill", "--model", "m", "--dtype", "int4"], "--dtype: expected float32, bfloat16, float16 or int8; got 'int4'" },
        { ["bench", "serving", "--model", "m", "--ranks", "1,x"], "--ranks: expected whole numbers of at least 1" },
        { ["bench", "serving", "--model", "m", "--rate", "0"], "--rate: expected numbers above 0 or all, each once; got '0'" },
        { ["bench", "serving", "--model", "m", "--lengths", "sharegpt", "--prompt-tokens", "3"], "got both" },
        { ["bench", "serving", "--model", "m", "--scale", "2"], "--scale: goes with --lengths sharegpt" },
        { ["bench", "serving", "--model", "m", "--popularity", "famous"], "--popularity: expected distinct, uniform, zipf or identical; got 'famous'" },
        { ["bench", "compare", "sing", "decode"], "expected a run that begins with decode, prefill, serving or speech, got 'sing'" },
        { ["bench", "compare", "decode --sequences 0", "decode"], "--sequences: expected a whole number of at least 1" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task WrongUsageIsRefusedWithAMessage(string[] args, string message) => (await FloraRun.OfAsync(args)).AssertRefused(message);

    [Fact]
    public async Task HelpIsAResult()
    {
        FloraRun run = await FloraRun.OfAsync("generate", "--help");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("--max-sequences <N>", run.Output, StringComparison.Ordinal);
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task AMissingRequestFileIsNamed() =>
        (await FloraRun.OfAsync("generate", "--model", FloraRun.Coder, "--requests", "nowhere.jsonl")).AssertRefused("nowhere.jsonl");

    [Fact]
    public async Task AMissingModelIsNamed() =>
        (await FloraRun.WithInputAsync("{\"id\":1,\"tokens\":[1]}", "generate", "--model", "no such folder", "--requests", "-")).AssertRefused("no such folder");

    [Fact]
    public async Task VerboseShowsTheTrace()
    {
        FloraRun run = await FloraRun.OfAsync("tokenize", "--model", "no such folder", "--requests", "-", "--verbose");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CancellingEndsLoading()
    {
        StringWriter output = new(), error = new();
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();
        using Terminal terminal = new(new StringReader(""), output, error);
        int exitCode = await FloraCommand.RunAsync(["info", "--model", FloraRun.Coder], terminal, cancelled.Token);
        Assert.Equal((1, "", $"flora: cancelled{Environment.NewLine}"), (exitCode, output.ToString(), error.ToString()));
    }
}
