using FLoRA.Inference.Adapters;
using FLoRA.Inference.Sampling;
using FLoRA.Inference.Scheduling;
using FLoRA.Inference.Telemetry;

namespace FLoRA.Inference.Execution;

/// <summary>The last part of a step: each output goes to its request, and who has come to his end gives everything back.</summary>
internal sealed partial class EngineCore
{
    /// <summary>What goes wrong with one request's result is that request's alone.</summary>
    private void CommitOrFail(in StepOutput output)
    {
        try
        {
            Commit(output);
        }
        catch (Exception exception)
        {
            Fail(output.Entry.Sequence, new EngineFaultException($"The result of request {output.Entry.Sequence.Id} could not be taken: {FirstLine(exception)}", exception));
        }
    }

    private void Commit(in StepOutput output)
    {
        Sequence sequence = output.Entry.Sequence;
        if (output is { Finite: true, Entry.LogitCount: > 0 })
            _scheduler.Prove(sequence);
        if (output.Probe is { } probe)
            sequence.Stream.ProbedProbabilities = probe;
        if (!output.Finite)
        {
            _scheduler.Spoil(sequence);
            Fail(sequence, new EngineFaultException($"The logits of request {sequence.Id} are not finite{(sequence.Request.Adapter is { } name ? $" (adapter '{name}')" : "")}; with float16, try bfloat16 or float32."));
        }
        else if (output.Offers is { } offers)
        {
            CommitOffers(sequence, output.Entry.Beam, offers);
        }
        else if (sequence.ScoreOnly)
        {
            CommitScore(sequence, output);
        }
        else if (output.TokenId >= 0)
        {
            CommitToken(sequence, output);
        }
    }

    /// <summary>When every beam of the step has made its offers the search takes its step.</summary>
    private void CommitOffers(Sequence sequence, int beam, IReadOnlyList<(int Id, float Logprob)> offers)
    {
        SequenceBeams beams = sequence.Beams!;
        beams.Offers.Add(Math.Max(0, beam), offers);
        if (sequence.State != SequenceState.Running || beams.Offers.Count < beams.Search.Count)
            return;
        _scheduler.AdvanceBeams(sequence, beams.Search.Advance([.. beams.Offers.Values]));
        if (!beams.Search.IsComplete && !sequence.IsComplete)
            return;
        BeamResult best = beams.Search.Best();
        sequence.Stream.BeamSumLogprob = best.SumLogprob;
        foreach (int token in best.Tokens)
            sequence.Stream.Write(new GeneratedToken(token, null));
        Finish(sequence, best.Ended ? FinishReason.Stop : FinishReason.Length);
    }

    private void CommitToken(Sequence sequence, in StepOutput output)
    {
        Request request = sequence.Request;
        sequence.Stream.CachedPromptTokens = sequence.CachedPromptTokens;
        if ((!request.IgnoreEos && _eosTokens.Contains(output.TokenId)) || request.StopTokens.Contains(output.TokenId))
        {
            sequence.Stream.EndLogprob = output.Logprob;
            Finish(sequence, FinishReason.Stop);
            return;
        }

        sequence.Append(output.TokenId);
        sequence.Stream.Write(new GeneratedToken(output.TokenId, output.Logprob));
        if (sequence.IsComplete)
            Finish(sequence, FinishReason.Length);
    }

    private void CommitScore(Sequence sequence, in StepOutput output)
    {
        ScoreCollector score = _scores[sequence];
        score.Add(output.Entry.Start, output.PromptLogprobs!);
        if (output.Alignment is { } part)
            score.Alignment!.Add(output.Entry.Start, output.Entry.Count, part);
        if (output.Top is not { } top)
            return;
        Release(sequence, out _);
        Meter?.Ended(sequence, RequestOutcome.Length);
        score.Complete(top);
        sequence.Stream.Finish(FinishReason.Length);
    }

    private void Finish(Sequence sequence, FinishReason reason)
    {
        Release(sequence, out _);
        Meter?.Ended(sequence, reason == FinishReason.Stop ? RequestOutcome.Stop : RequestOutcome.Length);
        sequence.Stream.Finish(reason);
    }

    private void Fail(Sequence sequence, Exception exception)
    {
        if (!Release(sequence, out ScoreCollector? score))
            return;
        Meter?.Ended(sequence, RequestOutcome.Of(exception));
        sequence.Stream.Fail(exception);
        score?.Fail(exception);
    }

    /// <summary>Frees cache blocks and adapter before anybody hears of the end. False: it had ended.</summary>
    private bool Release(Sequence sequence, out ScoreCollector? score)
    {
        _scores.Remove(sequence, out score);
        bool ran = sequence.State == SequenceState.Running;
        if (!_scheduler.End(sequence))
            return false;
        if (ran)
            ReleaseSlot(sequence);
        LeaveQueue(sequence, isAdmitted: false);
        if (sequence.AdapterPin is AdapterVersion version)
            _store.Release(version);
        return true;
    }
}
