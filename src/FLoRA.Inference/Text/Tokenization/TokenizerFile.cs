using System.Text.Json;
using FLoRA.Inference.Text.Tokenization.SentencePiece;

namespace FLoRA.Inference.Text.Tokenization;

/// <summary>
/// Reads the tokenizer of a folder: tokenizer.json (Hugging Face tokenizers, version 1.0), else SentencePiece's tokenizer.model, else vocab.json
/// and merges.txt. What a file asks for and is not done is refused by name.
/// </summary>
internal static class TokenizerFile
{
    public const string FileName = "tokenizer.json";

    /// <summary>The file that a folder's tokenizer is read from; null: it has none.</summary>
    public static string? Find(string folder) =>
        Has(FileName, folder) ? FileName
        : Has(SentencePieceParts.FileName, folder) ? SentencePieceParts.FileName
        : Has(VocabularyFiles.VocabularyName, folder) && Has(VocabularyFiles.MergesName, folder) ? VocabularyFiles.VocabularyName
        : null;

    /// <exception cref="ModelLoadException">The folder has no tokenizer that is supported.</exception>
    public static TokenizerParts Read(string folder)
    {
        string file = Find(folder) ?? throw new ModelLoadException(folder, Missing(folder));
        try
        {
            return file switch
            {
                FileName => ReadJson(folder),
                SentencePieceParts.FileName => SentencePieceParts.Read(folder),
                _ => VocabularyFiles.Read(folder),
            };
        }
        catch (Exception e) when (e is FormatException or JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw new ModelLoadException(folder, $"{file}: {e.Message}", e);
        }
    }

    private static TokenizerParts ReadJson(string folder)
    {
        TokenizerConfig config = TokenizerConfig.Read(folder);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, FileName)));
        JsonElement root = document.RootElement;
        JsonElement model = root.Required("model", JsonValueKind.Object);
        bool isUnigram = JsonFields.TypeOf(model) == "Unigram";
        if (!isUnigram)
            BpeReader.Check(model);
        PreTokenization pieces = PreTokenizerReader.Read(root.Optional("pre_tokenizer"));
        if (isUnigram && pieces.IsByteLevel)
            throw new FormatException("a Unigram model behind ByteLevel is not supported");
        (ITokenModel tokens, Dictionary<string, int> vocabulary) = isUnigram ? ListedUnigram.Read(model) : BpeReader.Read(model, pieces.IsByteLevel);
        IReadOnlyList<AddedToken> added = AddedTokenReader.Merge(root, config.AddedTokens);
        IReadOnlyList<ITextNormalizer> normalizers = NormalizerReader.Read(root.Optional("normalizer"));
        TokenDecoding decoding = DecoderReader.Read(root.Optional("decoder"));
        // A token that is looked for in the normalised text stands for the text that was found.
        IEnumerable<(int, byte[])> addedBytes = Normalized(added, normalizers).Select(token => (token.Id, decoding.BytesOfAdded(token.Content)));
        return new TokenizerParts
        {
            Vocabulary = vocabulary,
            Model = tokens,
            Table = new TokenTable([.. vocabulary.Select(token => (token.Value, decoding.BytesOf(token.Key))), .. addedBytes])
            {
                Encoding = decoding.Encoding,
                LeadingSpace = decoding.LeadingSpace,
            },
            AddedTokens = added,
            Normalizers = normalizers,
            Pieces = pieces,
            PromptStart = PromptStartReader.Read(root.Optional("post_processor"), config, added),
            Config = config,
        };
    }

    /// <summary>Added tokens as they are found; not for ever, whatever the patterns.</summary>
    private static IEnumerable<AddedToken> Normalized(IReadOnlyList<AddedToken> added, IReadOnlyList<ITextNormalizer> normalizers)
    {
        EncodingRun run = new(added.Sum(token => token.Content.Length), null);
        foreach (AddedToken token in added)
        {
            run.CheckTime();
            yield return token.Normalized ? token with { Content = normalizers.Apply(token.Content, TextPlace.First) } : token;
        }
    }

    private static string Missing(string folder)
    {
        bool vocabulary = Has(VocabularyFiles.VocabularyName, folder), merges = Has(VocabularyFiles.MergesName, folder);
        return $"it has no {FileName}, no {SentencePieceParts.FileName}, and "
            + (vocabulary ? $"{VocabularyFiles.VocabularyName} but no {VocabularyFiles.MergesName}"
                : merges ? $"{VocabularyFiles.MergesName} but no {VocabularyFiles.VocabularyName}"
                : $"no {VocabularyFiles.VocabularyName} with {VocabularyFiles.MergesName}");
    }

    private static bool Has(string name, string folder) => File.Exists(Path.Combine(folder, name));
}
