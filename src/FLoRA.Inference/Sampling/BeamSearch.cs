using FLoRA.Inference.Speech;

namespace FLoRA.Inference.Sampling;

/// <summary>A beam that goes on.</summary>
/// <param name="Source">Beam that it goes on from.</param>
/// <param name="Token">Its next token.</param>
internal readonly record struct BeamStep(int Source, int Token);

/// <summary>What a search found.</summary>
/// <param name="Tokens">Without the end token.</param>
/// <param name="SumLogprob">Of the tokens and the end token, if it came.</param>
/// <param name="Ended">False: it was cut by the limit.</param>
internal sealed record BeamResult(IReadOnlyList<int> Tokens, double SumLogprob, bool Ended);

/// <summary>
/// openai/whisper's beam search over one window: each beam offers its width + 1 most likely tokens, the best that go on become the next beams, those that end
/// are collected until enough have. Integers and log-probabilities only; one search, one thread.
/// </summary>
internal sealed class BeamSearch(BeamSettings settings)
{
    private readonly List<(int[] Tokens, float Sum)> _ended = [];
    private List<Beam> _beams = [new Beam([], 0)];

    /// <summary>Beams that go on; one before the first step.</summary>
    public int Count => _beams.Count;

    /// <summary>Enough have ended.</summary>
    public bool IsComplete => _ended.Count >= settings.MaxEnded;

    /// <summary>Tokens that a beam offers in a step.</summary>
    public int OfferedCount => settings.Width + 1;

    /// <summary>Tokens of a beam so far.</summary>
    public int[] TokensOf(int beam) => _beams[beam].Tokens;

    /// <summary>Takes one step.</summary>
    /// <param name="offered">Per beam its most likely tokens with their log-probabilities, best first.</param>
    /// <returns>The next beams.</returns>
    public IReadOnlyList<BeamStep> Advance(IReadOnlyList<IReadOnlyList<(int Id, float Logprob)>> offered)
    {
        if (offered.Count != _beams.Count)
            throw new ArgumentException($"Expected the offers of {_beams.Count} beams, got {offered.Count}.", nameof(offered));
        var next = new List<Beam>();
        var steps = new List<BeamStep>();
        var ended = new List<(int[] Tokens, float Sum)>();
        // A stable sort: of equal ones the earlier beam's, then the more likely token's.
        foreach ((int source, int token, float sum) in offered
            .SelectMany((offers, beam) => offers.Select(o => (Source: beam, o.Id, Sum: _beams[beam].Sum + o.Logprob)))
            .OrderByDescending(candidate => candidate.Sum))
        {
            if (token == settings.EndToken)
            {
                ended.Add((_beams[source].Tokens, sum));
                continue;
            }

            next.Add(new Beam([.. _beams[source].Tokens, token], sum));
            steps.Add(new BeamStep(source, token));
            if (next.Count == settings.Width)
                break;
        }

        _ended.AddRange(ended.Take(Math.Max(0, settings.MaxEnded - _ended.Count)));
        _beams = next;
        return steps;
    }

    /// <summary>The best candidate; where too few have ended the best unfinished ones compete too.</summary>
    public BeamResult Best()
    {
        var candidates = _ended.Select(e => new BeamResult(e.Tokens, e.Sum, Ended: true)).ToList();
        foreach (Beam beam in _beams.OrderByDescending(b => b.Sum).Take(Math.Max(0, settings.Width - candidates.Count)))
            candidates.Add(new BeamResult(beam.Tokens, beam.Sum, Ended: false));
        return candidates.MaxBy(c => CandidateScore.Of(c.SumLogprob, c.Tokens.Count, settings.LengthPenalty))!;
    }

    private sealed record Beam(int[] Tokens, float Sum);
}
