using System.Diagnostics;
using FLoRA.Inference;

string root = AppContext.BaseDirectory;
while (!File.Exists(Path.Combine(root, "FLoRA.sln"))) root = Path.GetDirectoryName(root)!;
string coder = Path.Combine(root, "models", "tinycoder");
using Engine engine = Engine.Load(new EngineOptions { Model = Path.Combine(coder, "model"), AdapterFolders = [Path.Combine(coder, "adapters")], Threads = int.Parse(args[0]) });
string[] r1 = ["lua-flora-r1", "php-flora-r1", "pl-flora-r1", "r-flora-r1", "rb-flora-r1", "rkt-flora-r1", "rs-flora-r1", "sh-flora-r1"];
string[] r4 = [.. r1.Select(a => a.Replace("r1", "r4"))];
var random = new Random(1);
int[] Prompt() => [.. Enumerable.Range(0, 32).Select(_ => random.Next(5, 1500))];
async Task<(double TokensPerSecond, double StepMs, double ForwardShare)> Run(int count, Func<int, string?> adapter, int newTokens = 64)
{
    var before = engine.Counters;
    long start = Stopwatch.GetTimestamp();
    TokenStream[] streams = [.. Enumerable.Range(0, count).Select(i => engine.Submit(new Request { PromptTokens = Prompt(), Adapter = adapter(i), MaxNewTokens = newTokens, IgnoreEos = true }))];
    await Task.WhenAll(streams.Select(async s => { await foreach (GeneratedToken _ in s) { } }));
    double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
    var after = engine.Counters;
    return (count * newTokens / seconds, 1000 * seconds / (after.Steps - before.Steps), (after.ForwardTicks - before.ForwardTicks) / (double)Stopwatch.Frequency / seconds);
}
(string Name, Func<Task<(double, double, double)>> Run)[] arms =
[
    ("1 base", () => Run(1, _ => null)),
    ("8 base", () => Run(8, _ => null)),
    ("8 r1", () => Run(8, i => r1[i])),
    ("32 base", () => Run(32, _ => null)),
    ("8 r4", () => Run(8, i => r4[i])),
    ("32 r1", () => Run(32, i => r1[i % 8])),
    ("32 mixed", () => Run(32, i => i % 3 == 0 ? null : i % 3 == 1 ? r1[i % 8] : r4[i % 8])),
    ("8 lora", () => Run(8, i => "lua-lora-r4")),
];
var results = arms.ToDictionary(a => a.Name, _ => new List<(double T, double S, double F)>());
for (int round = 0; round < int.Parse(args[1]); round++)
    foreach (var arm in arms)
    {
        var r = await arm.Run();
        if (round > 1) results[arm.Name].Add(r);
    }
foreach (var (name, list) in results)
{
    var sorted = list.OrderBy(x => x.T).ToList();
    var m = sorted[sorted.Count / 2];
    Console.WriteLine($"{name,-10} {m.T,8:0} tok/s  step {m.S:0.000} ms  forward {m.F:P0}   best {sorted[^1].T:0}");
}
