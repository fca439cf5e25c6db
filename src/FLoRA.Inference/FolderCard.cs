using FLoRA.Inference.Cards;

namespace FLoRA.Inference;

/// <summary>What people wrote about a model or an adapter in the card (README.md) of its folder.</summary>
/// <param name="Description">One line; null: nothing is said.</param>
/// <param name="Languages">Natural or programming languages that it is made for, in lower case.</param>
public sealed record FolderCard(string? Description, IReadOnlyList<string> Languages)
{
    /// <summary>Says nothing.</summary>
    public static FolderCard Empty { get; } = new(null, []);

    /// <summary>Reads the card of a folder: README.md as Hugging Face and PEFT publish it.</summary>
    /// <remarks>
    /// A card is decoration, so nothing in it is an error: where the file is absent, unreadable or malformed the card is what can be read
    /// of it, if need be <see cref="Empty"/>. Texts come without control characters, on one line, and cut at a length.
    /// </remarks>
    /// <param name="folder">Folder of a model or of an adapter.</param>
    public static FolderCard Read(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return CardReader.Read(folder);
    }

    /// <summary>Cards are equal when they say the same.</summary>
    public bool Equals(FolderCard? other) => other is not null && Description == other.Description && Languages.SequenceEqual(other.Languages);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Description, Languages.Count);
}
