using System.Text.Json;
using FLoRA.Cli.Results;
using FLoRA.Inference;

namespace FLoRA.Cli.Requests;

/// <summary>Answers a file of requests: all are submitted at once, each is written when it ends, each fails alone.</summary>
internal static class RequestRun
{
    /// <summary>Runs all requests.</summary>
    /// <param name="lines">The requests, in the order of submission.</param>
    /// <param name="answer">Submits a request before its first await; gives what writes the fields of the result after the id.</param>
    /// <param name="results">Where lines go; null: nowhere (warm-up).</param>
    /// <param name="held">Takes no step until all are submitted, so that they begin together; may be null.</param>
    /// <param name="cancellationToken">Ends the whole run.</param>
    /// <returns>Number of requests that failed.</returns>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public static async Task<int> RunAsync(
        IReadOnlyList<RequestLine> lines, Func<RequestLine, Task<Action<Utf8JsonWriter>>> answer, JsonLines? results, Engine? held, CancellationToken cancellationToken)
    {
        Task<bool>[] running;
        using (held?.HoldSteps())
            running = [.. lines.Select(line => AnswerAsync(line, answer, results, cancellationToken))];
        bool[] answered = await Task.WhenAll(running);
        return answered.Count(good => !good);
    }

    private static async Task<bool> AnswerAsync(
        RequestLine line, Func<RequestLine, Task<Action<Utf8JsonWriter>>> answer, JsonLines? results, CancellationToken cancellationToken)
    {
        Action<Utf8JsonWriter> fields;
        bool answered = true;
        try
        {
            fields = await answer(line);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            answered = false;
            fields = json => json.WriteError(error);
        }

        results?.Write(json =>
        {
            json.WriteId(line.Id);
            fields(json);
        });
        return answered;
    }
}
