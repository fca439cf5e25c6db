using Transcriber.Listening;
using Transcriber.View;

namespace Transcriber.Tests.View;

public sealed class ResultTableTests
{
    [Fact]
    public void Rates_are_total_errors_over_total_length()
    {
        LanguageScore czech = new("cs"), english = new("en");
        czech.Add("jedna dva", Heards.Of("jedna dva", "cs-flora-r4"), Heards.Of("jedna"));
        czech.Add("tři čtyři pět šest", Heards.Of("tři čtyři pět šes", "cs-flora-r4"), Heards.Of("tři čtyři pět šest"));
        english.Add("one two", Heards.Of("one two"), null);

        ResultTable.Lines([czech, english]).ShouldBe([
            "language  files  words  base WER   CER  adapter       WER  CER",
            "cs            2      6      16.7  14.8  cs-flora-r4  16.7  3.7",
            "en            1      2       0.0   0.0  none",
            "all           3      8      12.5  11.8               12.5  2.9",
        ]);
    }

    [Fact]
    public void Without_references_there_is_no_table() => ResultTable.Lines([]).ShouldBeEmpty();
}
