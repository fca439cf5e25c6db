using FLoRA.Inference.Speech.Audio;

namespace FLoRA.Inference.Speech.Transcription;

/// <summary>
/// Cuts a recording into pieces of at most one window for transcription all at once: at its silences, and where speech goes on for longer than a window in the quietest place.
/// Silence is what lies near the quiet end of the recording's own loudness, for a while; what lies far from speech is in no piece. Same recording, same pieces.
/// </summary>
internal sealed class SilenceCutter
{
    /// <summary>0.2 s: a shorter pause may be a consonant.</summary>
    public const int ShortestSilenceFrames = 20;

    /// <summary>0.1 s of silence around speech belong to it: soft beginnings and ends.</summary>
    public const int PaddingFrames = 10;

    /// <summary>0.15 s over which loudness is averaged where there is no silence to cut at.</summary>
    private const int QuietFrames = 15;

    /// <summary>The quiet and the loud end of a recording: so many of its frames are below and above.</summary>
    private const double EndsFraction = 0.05;

    /// <summary>Silence reaches so far from the quiet end to the loud one.</summary>
    private const float SilentFraction = 0.25f;

    /// <summary>5 dB: where the ends are closer, such as in noise or a song, nothing is called silence.</summary>
    private const float LeastContrast = 0.125f;

    private readonly float[] _loudness;
    private readonly int _windowFrameCount;

    private SilenceCutter(float[] loudness, int windowFrameCount)
    {
        _loudness = loudness;
        _windowFrameCount = windowFrameCount;
    }

    /// <summary>Cuts a recording.</summary>
    /// <param name="recording">Features of the whole recording.</param>
    /// <param name="windowFrameCount">Most frames of a piece.</param>
    /// <returns>Pieces in order that do not overlap; none for an empty recording.</returns>
    public static IReadOnlyList<RecordingPiece> Cut(RecordingFeatures recording, int windowFrameCount) => Cut(FrameLoudness.Of(recording), windowFrameCount);

    /// <summary>The same by the loudness of each frame.</summary>
    public static IReadOnlyList<RecordingPiece> Cut(float[] loudness, int windowFrameCount)
    {
        SilenceCutter cutter = new(loudness, windowFrameCount);
        return cutter.Join(cutter.Pad([.. cutter.Speech().SelectMany(cutter.Split)]));
    }

    /// <summary>Loudness up to which a frame is silent; null: the recording has no contrast.</summary>
    public static float? SilenceOf(float[] loudness)
    {
        if (loudness.Length == 0)
            return null;
        float[] sorted = [.. loudness.Order()];
        int end = (int)(EndsFraction * sorted.Length);
        float quiet = sorted[end], loud = sorted[^(end + 1)];
        return loud - quiet < LeastContrast ? null : quiet + (SilentFraction * (loud - quiet));
    }

    /// <summary>What lies between silences.</summary>
    private List<RecordingPiece> Speech()
    {
        float silence = SilenceOf(_loudness) ?? float.NegativeInfinity;
        List<RecordingPiece> speech = [];
        for (int frame = 0; frame < _loudness.Length; frame++)
        {
            if (_loudness[frame] <= silence)
                continue;
            if (speech.Count > 0 && frame - speech[^1].EndFrame < ShortestSilenceFrames)
                speech[^1] = speech[^1] with { EndFrame = frame + 1 };
            else
                speech.Add(new RecordingPiece(frame, frame + 1));
        }

        return speech;
    }

    /// <summary>Cuts what is longer than a window: in the second half of each window, where it is quietest.</summary>
    private IEnumerable<RecordingPiece> Split(RecordingPiece speech)
    {
        while (speech.FrameCount > _windowFrameCount)
        {
            int cut = QuietestFrame(speech.StartFrame + Math.Max(1, _windowFrameCount / 2), speech.StartFrame + _windowFrameCount);
            yield return speech with { EndFrame = cut };
            speech = speech with { StartFrame = cut };
        }

        yield return speech;
    }

    /// <summary>The later one of several that are equally quiet.</summary>
    private int QuietestFrame(int first, int last)
    {
        int quietest = last;
        float least = float.PositiveInfinity;
        for (int frame = first; frame <= last; frame++)
        {
            int begin = Math.Max(0, frame - (QuietFrames / 2)), end = Math.Min(_loudness.Length, begin + QuietFrames);
            float sum = 0;
            foreach (float value in _loudness.AsSpan(begin, end - begin))
                sum += value;
            float mean = sum / (end - begin);
            if (mean <= least)
                (quietest, least) = (frame, mean);
        }

        return quietest;
    }

    /// <summary>Silence around speech, up to the middle between two and up to a window in all.</summary>
    private List<RecordingPiece> Pad(List<RecordingPiece> speech)
    {
        List<RecordingPiece> padded = [];
        for (int i = 0; i < speech.Count; i++)
        {
            (int start, int end) = speech[i];
            int earliest = i == 0 ? 0 : (speech[i - 1].EndFrame + start) / 2, latest = i == speech.Count - 1 ? _loudness.Length : (end + speech[i + 1].StartFrame) / 2;
            int room = _windowFrameCount - speech[i].FrameCount;
            int after = Math.Min(Math.Min(PaddingFrames, latest - end), (room + 1) / 2);
            int before = Math.Min(Math.Min(PaddingFrames, start - earliest), room - after);
            padded.Add(new RecordingPiece(start - before, end + after));
        }

        return padded;
    }

    /// <summary>Neighbours that fit into one window share it, with the silence between them: a window costs the same however full it is.</summary>
    private List<RecordingPiece> Join(List<RecordingPiece> pieces)
    {
        List<RecordingPiece> joined = [];
        foreach (RecordingPiece piece in pieces)
        {
            if (joined.Count > 0 && piece.EndFrame - joined[^1].StartFrame <= _windowFrameCount)
                joined[^1] = joined[^1] with { EndFrame = piece.EndFrame };
            else
                joined.Add(piece);
        }

        return joined;
    }
}
