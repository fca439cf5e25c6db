using System.Globalization;
using FLoRA.Inference;
using Microsoft.Extensions.Options;
using Microsoft.SemanticKernel;
using Spectre.Console;
using Transcriber.Listening;
using Transcriber.Recordings;
using Transcriber.View;

namespace Transcriber;

/// <summary>Puts the parts together: options in, exit code out.</summary>
internal sealed class TranscriberApp(IAnsiConsole console, TextWriter output, TextWriter error, string appFolder)
{
    private const int Success = 0, Failed = 1, Refused = 2, Interrupted = 130;

    /// <returns>0: every recording is transcribed; 1: some are not, or the engine refused a request; 2: the options, the settings, the model or an adapter are refused; 130: interrupted.</returns>
    public async Task<int> RunAsync(TranscriberOptions options, CancellationToken cancellationToken)
    {
        try
        {
            options.Validate();
            return await WorkAsync(options, cancellationToken) ? Success : Failed;
        }
        catch (Exception e) when (e is UsageException or ModelLoadException or AdapterLoadException or NativeRuntimeException or OptionsValidationException)
        {
            await error.WriteLineAsync(e.Message);
            return Refused;
        }
        catch (Exception e) when (e is InvalidRequestException or AdapterNotFoundException or EngineFaultException)
        {
            await error.WriteLineAsync(e.Message);
            return Failed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await error.WriteLineAsync("Interrupted.");
            return Interrupted;
        }
    }

    private async Task<bool> WorkAsync(TranscriberOptions options, CancellationToken cancellationToken)
    {
        EmbeddedModel embedded = EmbeddedModel.Find(appFolder);
        IReadOnlyList<Recording> recordings = RecordingList.Of(options, embedded);
        if (options.HasOwnRecordings)
            TranscriptFiles.Check(recordings, options.Overwrite);
        SpeechSettings settings = SpeechSettings.Of(options, embedded, appFolder);

        var meter = new BatchMeter();
        Kernel kernel = SpeechKernel.Build(settings, meter);
        using var owned = (IDisposable)kernel.Services;
        Engine engine = await Task.Run(() => SpeechKernel.Load(kernel), cancellationToken);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"Model: {engine.Model.Id} ({engine.Model.ParameterCount / 1e6:0.0} M parameters), {engine.Adapters.Count} adapters; {recordings.Count} recordings"));

        double seconds = 0;
        async Task Finish(Recording recording, Heard heard, CancellationToken cancel)
        {
            if (options.HasOwnRecordings)
                await TranscriptFiles.WriteAsync(recording, heard.Transcript, cancel);
            lock (meter)
                seconds += heard.Duration.TotalSeconds;
        }

        long started = TimeProvider.System.GetTimestamp();
        TranscriberLoop loop;
        if (console.Profile.Out.IsTerminal && console.Profile.Capabilities.Ansi && LiveView.Fits(console, recordings))
        {
            var view = new LiveView(console, recordings, meter, TimeProvider.System);
            loop = new TranscriberLoop(new KernelListener(kernel, settings), view, Finish);
            await view.ShowAsync(() => loop.RunAsync(recordings, cancellationToken));
        }
        else
        {
            loop = new TranscriberLoop(new KernelListener(kernel, settings), new PlainView(output, recordings), Finish);
            await loop.RunAsync(recordings, cancellationToken);
        }

        TimeSpan elapsed = TimeProvider.System.GetElapsedTime(started);
        await output.WriteLineAsync();
        foreach (string line in ResultTable.Lines(loop.Scores))
            await output.WriteLineAsync(line);
        if (loop.Scores.Count > 0)
            await output.WriteLineAsync(ResultTable.Legend);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{seconds:0.0} s of sound in {elapsed.TotalSeconds:0.0} s, {meter.MeanSequences:0.0} sequences per batch"));
        if (loop.Failed > 0)
            await error.WriteLineAsync($"{loop.Failed} of {recordings.Count} recordings could not be transcribed.");
        return loop.Failed == 0;
    }
}
