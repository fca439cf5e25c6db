namespace FLoRA.Inference.Sampling;

/// <summary>Search with several beams in place of choosing a token at a time.</summary>
/// <param name="Width">Beams.</param>
/// <param name="MaxEnded">Ended candidates that are waited for: round half to even of width x patience.</param>
/// <param name="LengthPenalty">See <see cref="Speech.CandidateScore"/>.</param>
/// <param name="EndToken">Ends a candidate.</param>
internal sealed record BeamSettings(int Width, int MaxEnded, double? LengthPenalty, int EndToken);
