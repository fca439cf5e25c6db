namespace FLoRA.Inference.Text.Tokenization;

/// <summary>A token that is found in the text as written, before anything else is done to it.</summary>
/// <param name="Id">Vocabulary id.</param>
/// <param name="Content">What is looked for.</param>
/// <param name="SingleWord">Only where no word character is next to it.</param>
/// <param name="LeftStrip">Takes whitespace before it.</param>
/// <param name="RightStrip">Takes whitespace after it.</param>
/// <param name="Normalized">Looked for in the normalised text.</param>
/// <param name="Special">It is a mark, such as the end of a turn, and no text.</param>
internal sealed record AddedToken(int Id, string Content, bool SingleWord, bool LeftStrip, bool RightStrip, bool Normalized, bool Special)
{
    /// <summary>A mark without further rules.</summary>
    public static AddedToken Mark(int id, string content) => new(id, content, SingleWord: false, LeftStrip: false, RightStrip: false, Normalized: false, Special: true);
}
