using FLoRA.Inference.Speech.Audio;
using FLoRA.Inference.Speech.Transcription;
using FLoRA.Inference.Text;
using FLoRA.TestData;

namespace FLoRA.Inference.Tests.Speech.Transcription;

/// <summary>The embedded speech model's vocabulary and text, without its weights.</summary>
internal static class SpeechData
{
    public const int WindowFrames = 300, DecoderContext = 128;

    public static string Folder { get; } = Path.Combine(RepositoryData.Root, "models", "tinywhisper", "model");

    public static Tokenizer Tokenizer { get; } = Tokenizer.Load(Folder);

    public static SpeechVocabulary Vocabulary { get; } = SpeechVocabularyReader.Read(Folder, Tokenizer);

    public static SpeechVocabulary EnglishOnly { get; } = Vocabulary with { IsMultilingual = false, Languages = [], TranscribeToken = null, TranslateToken = null };

    public static Transcriber Transcriber(IWindowDecoder decoder, SpeechVocabulary? vocabulary = null) => new(new SpeechModel
    {
        Decoder = decoder,
        Vocabulary = vocabulary ?? Vocabulary,
        Tokenizer = Tokenizer,
        WindowFrameCount = WindowFrames,
        DecoderContext = DecoderContext,
    });

    /// <summary>Features with one mel bin whose value is the frame's number from 1, so that a window shows where it was cut; 0 is none of them.</summary>
    public static RecordingFeatures Features(int sampleCount)
    {
        int content = sampleCount / 160;
        return new RecordingFeatures([.. Enumerable.Range(1, content + WindowFrames).Select(frame => (float)frame)], 1, content + WindowFrames, content, sampleCount / 16000.0);
    }

    /// <summary>The token of a time.</summary>
    public static int Time(double seconds) => Vocabulary.TimestampBegin + (int)Math.Round(seconds / 0.02);

    public static int[] Ids(string text) => [.. Tokenizer.EncodePlain(text)];
}
