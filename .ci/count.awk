# Sums VSTest result files (.trx), one per test project. Variables: status, the exit code of "dotnet test"; missing, names of
# projects without a file. A test host that dies leaves a file whose counters look fine: only its summary says "Failed".

function attribute(name,    value) {
    if (!match($0, " " name "=\"[^\"]*\"")) return ""
    value = substr($0, RSTART, RLENGTH)
    sub(/^[^"]*"/, "", value)
    sub(/"$/, "", value)
    return value
}

function complain(text) { print "ci: " text; bad = 1 }

function project(    name) {
    name = FILENAME
    sub(/^.*\//, "", name)
    sub(/\.trx$/, "", name)
    return name
}

function judge() {
    if (!skipping) return
    skipping = 0
    if (reason !~ /data not present|instruction set|no device/)
        complain("skipped without a reason that counts: " test " (" (reason == "" ? "none given" : reason) ")")
}

FNR == 1 { fileFailed = fileTests = 0; reading = skipping = 0 }

/<UnitTestResult / {
    judge()
    test = attribute("testName")
    outcome = attribute("outcome")
    reason = ""
    fileTests++
    if (outcome == "Passed") passed++
    else if (outcome == "NotExecuted") { skipped++; skipping = 1 }
    else { failed++; fileFailed++; complain("failed: " test " (" outcome ")") }
}

skipping && /<Message>/ { reading = 1; line = $0; sub(/^.*<Message>/, "", line); $0 = line }
reading { line = $0; sub(/<\/Message>.*$/, "", line); reason = reason (reason == "" ? "" : " ") line }
/<\/Message>/ { reading = 0 }
/<\/UnitTestResult>|<\/Results>/ { judge() }

/<ResultSummary / { summary = attribute("outcome") }

/<Counters / {
    if (summary != "Completed" && fileFailed == 0) {
        failed++
        complain("the tests of " project() " did not run to their end (summary: " summary ")")
    }
    if (attribute("total") + 0 != fileTests)
        complain(project() " counts " attribute("total") " tests, its file lists " fileTests)
    if (fileTests == 0)
        complain("no test of " project() " ran")
}

END {
    count = split(missing, names, " ")
    for (at = 1; at <= count; at++) { failed++; complain("no results of " names[at] ": it was not built or did not run") }
    if (passed + failed == 0) complain("no test ran")
    if (status != 0 && !bad) complain("dotnet test exited with " status)
    printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
    exit bad ? 1 : 0
}
