using System.Diagnostics;
using FLoRA.Inference.Adapters;
using FLoRA.Inference.Kernels;
using FLoRA.Inference.Kernels.Cpu;
using FLoRA.Inference.Kernels.Cpu.Sampling;
using FLoRA.Inference.Models;
using FLoRA.Inference.Sampling;
using FLoRA.Inference.Scheduling;
using static TorchSharp.torch;

namespace FLoRA.Inference.Execution;

/// <summary>
/// Forward and sample of one step, in one dispose scope, with one copy from the device to the host, and a second one for what scores and probes ask for.
/// </summary>
internal sealed class StepRunner(IForwardPass model, Batch batch, BatchAdapters adapters, ILogitReader reader, KernelThreads? threads, DecoderBlueprint blueprint, KvCache cache)
{
    /// <summary>Best ids given after a scored text.</summary>
    public const int TopCount = 8;

    private readonly int _vocabularySize = blueprint.VocabularySize;
    private readonly int _topCount = Math.Min(TopCount, blueprint.VocabularySize);
    private readonly List<AdapterTokens> _composition = [];
    private readonly List<SampleRow> _sampleRows = [];
    private readonly List<int> _logitRows = [];
    private readonly List<StepOutput> _outputs = [];
    private readonly Dictionary<Sequence, AlignmentPart> _alignments = [];
    private readonly Dictionary<(Sequence Sequence, int Beam), (int Id, float Logprob)[]> _offers = [];

    /// <summary>Stopwatch ticks spent in the forward pass so far; for the benchmarks.</summary>
    public long ForwardTicks { get; private set; }

    /// <summary>Stopwatch ticks spent in choosing tokens so far, with the wait for the device; for the benchmarks.</summary>
    public long SampleTicks { get; private set; }

    /// <summary>Runs the step. The entries are in the token order of <see cref="BatchAdapters.OrderKey"/>.</summary>
    /// <returns>One output per entry; valid until the next call.</returns>
    public IReadOnlyList<StepOutput> Run(IReadOnlyList<BatchEntry> entries)
    {
        using var scope = NewDisposeScope();
        _composition.Clear();
        int rows = 0;
        foreach (BatchEntry entry in entries)
        {
            _composition.Add(new(entry.Adapter, entry.Count, entry.FormedTokens));
            rows += entry.FormedTokens + ((entry.Count - entry.FormedTokens) * entry.Sequence.AdapterWidth);
        }

        threads?.ChooseFor(rows);
        adapters.Update(_composition);
        batch.Fill(entries);
        CaptureAlignments(entries);
        long started = Stopwatch.GetTimestamp();
        Tensor? logits = model.Forward(batch, adapters);
        ForwardTicks += Stopwatch.GetTimestamp() - started;
        _outputs.Clear();
        if (logits is null)
        {
            foreach (BatchEntry entry in entries)
                _outputs.Add(new StepOutput(entry, true, -1, null, null, null));
            return _outputs;
        }

        started = Stopwatch.GetTimestamp();
        Collect(entries, logits);
        SampleTicks += Stopwatch.GetTimestamp() - started;
        return _outputs;
    }

    private void Collect(IReadOnlyList<BatchEntry> entries, Tensor logits)
    {
        FindSampleRows(entries);
        LogitReadings readings = reader.Read(logits, _sampleRows, _logitRows);
        var scores = new List<Tensor>();
        AddScores(entries, logits, scores);
        ReadAlignments(entries, logits);
        MakeOffers(entries, logits);
        if (scores.Count == 0)
        {
            Unpack(entries, readings, default);
            return;
        }

        Tensor packed = cat(scores, 0).cpu();
        Unpack(entries, readings, HostMemory.Elements<double>(packed));
    }

    /// <summary>The rows that choose a token, and which rows of the logits they are.</summary>
    private void FindSampleRows(IReadOnlyList<BatchEntry> entries)
    {
        _sampleRows.Clear();
        _logitRows.Clear();
        int row = 0;
        foreach (BatchEntry entry in entries)
        {
            row += entry.LogitCount;
            if (entry.LogitCount == 0 || entry.Sequence.ScoreOnly || !entry.Samples || entry.Sequence.Beams is not null)
                continue;
            _logitRows.Add(row - 1);
            Sequence sequence = entry.Sequence;
            _sampleRows.Add(new SampleRow
            {
                Options = sequence.Request.Sampling,
                PromptTokens = sequence.Request.PromptTokens,
                GeneratedTokens = new TokenTail(sequence.Tokens, sequence.PromptTokens),
                Seed = unchecked((ulong)sequence.Request.Sampling.Seed!.Value),
                OutputIndex = sequence.GeneratedTokens,
                Logprob = sequence.Request.Logprobs,
                Rules = sequence.Request.Rules,
            });
        }
    }

    /// <summary>Per score entry: log-probabilities of the next tokens; after its last token the best logits and their ids.</summary>
    private void AddScores(IReadOnlyList<BatchEntry> entries, Tensor logits, List<Tensor> parts)
    {
        int row = 0;
        foreach (BatchEntry entry in entries)
        {
            row += entry.LogitCount;
            if (entry.Probe is { } probe)
                parts.Add(Probe(logits, row - entry.LogitCount, probe));
            if (!entry.Sequence.ScoreOnly)
                continue;
            int first = row - entry.LogitCount, targets = ScoredTargets(entry);
            if (targets > 0)
            {
                long[] next = [.. entry.Sequence.Tokens.Skip(entry.Start + 1).Take(targets)];
                Tensor logprobs = logits.narrow(0, first, targets).log_softmax(1);
                parts.Add(logprobs.gather(1, tensor(next, targets, 1, device: logits.device)).view(-1).to(ScalarType.Float64));
            }

            if (!IsLastChunk(entry))
                continue;
            (Tensor values, Tensor indices) = logits.narrow(0, row - 1, 1).topk(_topCount, 1);
            parts.Add(indices.view(-1).to(ScalarType.Float64));
            parts.Add(values.view(-1).to(ScalarType.Float64));
        }
    }

    private void CaptureAlignments(IReadOnlyList<BatchEntry> entries)
    {
        batch.Alignments.Clear();
        _alignments.Clear();
        int token = 0;
        foreach (BatchEntry entry in entries)
        {
            if (entry.Sequence.Request.Alignment is not null)
                batch.Alignments.Add(new AlignmentCapture(entry, token, cache, batch.EncoderPositions, blueprint.QueryHeads, blueprint.AttentionScale));
            token += entry.Count;
        }
    }

    /// <summary>Scores of the alignment heads, and the probability of each text token that follows a token of the step.</summary>
    private void ReadAlignments(IReadOnlyList<BatchEntry> entries, Tensor logits)
    {
        foreach (AlignmentCapture capture in batch.Alignments)
        {
            BatchEntry entry = capture.Entry;
            AlignmentProbe probe = entry.Sequence.Request.Alignment!;
            int row = entries.TakeWhile(e => e.Sequence != entry.Sequence).Sum(e => e.LogitCount);
            int first = Math.Max(entry.Start, probe.TextBegin - 1), end = Math.Min(entry.Start + entry.Count, entry.Sequence.Tokens.Count - 2);
            float[] probabilities = [];
            if (end > first)
            {
                long[] next = [.. entry.Sequence.Tokens.Skip(first + 1).Take(end - first).Select(id => (long)id)];
                Tensor ofText = logits.narrow(0, row + first - entry.Start, end - first).narrow(1, 0, probe.TextEndToken).softmax(1);
                probabilities = [.. HostMemory.Elements<float>(ofText.gather(1, tensor(next, next.Length, 1, device: logits.device)).view(-1).cpu())];
            }

            _alignments.Add(entry.Sequence, new AlignmentPart([.. HostMemory.Elements<float>(capture.Scores())], probabilities));
        }
    }

    /// <summary>What each beam offers, made on the host: the rules look at tokens and logits together.</summary>
    private void MakeOffers(IReadOnlyList<BatchEntry> entries, Tensor logits)
    {
        _offers.Clear();
        var beams = new List<(BatchEntry Entry, long Row)>();
        int row = 0;
        foreach (BatchEntry entry in entries)
        {
            row += entry.LogitCount;
            if (entry is { Samples: true, LogitCount: > 0, Sequence.Beams: not null })
                beams.Add((entry, row - 1));
        }

        if (beams.Count == 0)
            return;
        Tensor own = logits.index_select(0, tensor(beams.Select(b => b.Row).ToArray(), device: logits.device)).cpu();
        Span<float> values = HostMemory.Elements<float>(own);
        for (int i = 0; i < beams.Count; i++)
        {
            Sequence sequence = beams[i].Entry.Sequence;
            Span<float> ruled = values.Slice(i * _vocabularySize, _vocabularySize);
            int[] sampled = sequence.Beams!.Search.TokensOf(Math.Max(0, beams[i].Entry.Beam));
            foreach (ITokenRule rule in sequence.Request.Rules)
                rule.Apply(ruled, sampled);
            _offers[(sequence, beams[i].Entry.Beam)] = RowOffers.Of(ruled, sequence.Beams.Search.OfferedCount);
        }
    }

    /// <summary>float64 [ids]: their probabilities after the probed token, whose row is the first of its entry.</summary>
    private static Tensor Probe(Tensor logits, int row, TokenProbe probe)
    {
        long[] ids = [.. probe.Ids.Select(id => (long)id)];
        return logits.narrow(0, row, 1).softmax(1).index_select(1, tensor(ids, device: logits.device)).view(-1).to(ScalarType.Float64);
    }

    private void Unpack(IReadOnlyList<BatchEntry> entries, LogitReadings readings, ReadOnlySpan<double> packed)
    {
        int row = 0, sample = 0, scores = 0;
        foreach (BatchEntry entry in entries)
        {
            bool finite = true;
            for (int i = 0; i < entry.LogitCount; i++)
                finite &= readings.Finite[row++];
            float[]? probed = entry.Probe is { } probe ? Floats(packed, ref scores, probe.Ids.Count) : null;
            if (entry.Sequence.ScoreOnly)
            {
                float[] prompt = Floats(packed, ref scores, ScoredTargets(entry));
                (int, float)[]? top = IsLastChunk(entry) ? Top(packed, ref scores) : null;
                _outputs.Add(new StepOutput(entry, finite, -1, null, prompt, top) { Alignment = _alignments.GetValueOrDefault(entry.Sequence) });
            }
            else if (_offers.TryGetValue((entry.Sequence, entry.Beam), out (int, float)[]? offers))
            {
                _outputs.Add(new StepOutput(entry, finite, -1, null, null, null) { Probe = probed, Offers = offers });
            }
            else if (entry.LogitCount == 0 || !entry.Samples)
            {
                _outputs.Add(new StepOutput(entry, finite, -1, null, null, null) { Probe = probed });
            }
            else
            {
                float? logprob = entry.Sequence.Request.Logprobs ? readings.Logprobs[sample] : null;
                _outputs.Add(new StepOutput(entry, finite, readings.Ids[sample], logprob, null, null) { Probe = probed });
                sample++;
            }
        }
    }

    private (int Id, float Logit)[] Top(ReadOnlySpan<double> packed, ref int at)
    {
        var top = new (int, float)[_topCount];
        for (int i = 0; i < _topCount; i++)
            top[i] = ((int)packed[at + i], (float)packed[at + _topCount + i]);
        at += 2 * _topCount;
        return top;
    }

    private static float[] Floats(ReadOnlySpan<double> packed, ref int at, int count)
    {
        var floats = new float[count];
        for (int i = 0; i < count; i++)
            floats[i] = (float)packed[at + i];
        at += count;
        return floats;
    }

    private static bool IsLastChunk(BatchEntry entry) => entry.Start + entry.Count == entry.Sequence.Tokens.Count;

    private static int ScoredTargets(BatchEntry entry) => IsLastChunk(entry) ? entry.Count - 1 : entry.Count;
}
