namespace FLoRA.Inference.Scheduling;

/// <summary>
/// A window of audio on its way through the encoder, unit by unit, and then its keys and values for cross-attention in cache blocks. Shared by
/// all sequences with equal audio under one adapter version. Integers only; belongs to the engine thread, written by <see cref="AudioCache"/>
/// and <see cref="Scheduler"/>.
/// </summary>
/// <param name="contentHash">Of the audio.</param>
/// <param name="adapterPin">The adapter version that encodes it; null: base.</param>
/// <param name="unitCount">Units of work until it is ready.</param>
internal sealed class AudioEncoding(string contentHash, object? adapterPin, int unitCount)
{
    /// <summary>Under which the cache knows it.</summary>
    public (string Audio, object? AdapterPin) Key { get; } = (contentHash, adapterPin);

    /// <summary>The adapter version that encodes it; null: base.</summary>
    public object? AdapterPin => Key.AdapterPin;

    /// <summary>The audio; null while nobody uses it and only the result is kept.</summary>
    public AudioInput? Audio { get; set; }

    /// <summary>Blocks of the result; empty while it is neither made nor being made.</summary>
    public List<int> Blocks { get; } = [];

    /// <summary>Units done.</summary>
    public int CompletedUnits { get; set; }

    /// <summary>The result is in its blocks.</summary>
    public bool IsReady => CompletedUnits == unitCount;

    /// <summary>It was begun, and nobody has computed finite numbers with the result yet: its blocks may hold anything.</summary>
    public bool IsUnproven { get; set; }

    /// <summary>Its result is not to be kept: nobody new gets it, and it goes with the last sequence that runs with it.</summary>
    public bool IsDropped { get; set; }

    /// <summary>Sequences that will, do or did run with it and have not ended.</summary>
    public int Users { get; set; }

    /// <summary>Sequences that run with it.</summary>
    public int Runners { get; set; }
}
