namespace FLoRA.Inference.Tests.Text;

/// <summary>An engine whose tokens the test writes. Cancelling ends the stream at once.</summary>
internal sealed class ScriptedEngine : ITokenEngine
{
    private readonly Action<TokenStream> _script;

    /// <param name="script">Runs inside Submit, before the reader sees the stream.</param>
    public ScriptedEngine(Action<TokenStream>? script = null) => _script = script ?? (_ => { });

    public List<Request> Requests { get; } = [];

    public List<TokenStream> Streams { get; } = [];

    public List<long> Cancelled { get; } = [];

    public static ScriptedEngine Of(IEnumerable<int> ids, FinishReason end = FinishReason.Length) => new(stream =>
    {
        Write(stream, ids);
        stream.Finish(end);
    });

    public static void Write(TokenStream stream, IEnumerable<int> ids)
    {
        foreach (int id in ids)
            stream.Write(new GeneratedToken(id, null));
    }

    public TokenStream Submit(Request request)
    {
        Requests.Add(request);
        TokenStream stream = new(Requests.Count, request.PromptTokens.Count, cancelled =>
        {
            Cancelled.Add(cancelled.RequestId);
            cancelled.FinishCancelled();
        });
        Streams.Add(stream);
        _script(stream);
        return stream;
    }
}
