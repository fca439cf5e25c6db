using FLoRA.Inference.Models;

namespace FLoRA.Inference.Execution;

/// <summary>Refuses audio that a model cannot take, and requests without the audio that a speech model needs.</summary>
internal static class AudioValidation
{
    /// <exception cref="InvalidRequestException">Names what was expected and what came.</exception>
    public static void Check(AudioInput? audio, DecoderBlueprint blueprint)
    {
        if (blueprint.Encoder is not { } encoder)
        {
            if (audio is not null)
                throw new InvalidRequestException($"The request has audio; the model ({blueprint.Family}) is one of text alone.");
            return;
        }

        if (audio is null)
            throw new InvalidRequestException($"The request has no audio; the model ({blueprint.Family}) transcribes speech and needs a window of {encoder.Frames} log-mel frames (Audio).");
        if (audio.MelBins != encoder.MelBins || audio.Frames != encoder.Frames)
            throw new InvalidRequestException($"The audio has {audio.MelBins} mel bins and {audio.Frames} frames; the model needs {encoder.MelBins} and {encoder.Frames}.");
        if (audio.LogMel.Length != (long)audio.MelBins * audio.Frames)
            throw new InvalidRequestException($"The audio has {audio.LogMel.Length} numbers; {audio.MelBins} mel bins x {audio.Frames} frames are {(long)audio.MelBins * audio.Frames}.");
        int bad = Array.FindIndex(audio.LogMel, value => !float.IsFinite(value));
        if (bad >= 0)
            throw new InvalidRequestException($"The audio's number {bad} is {audio.LogMel[bad]}; every number must be finite.");
    }
}
