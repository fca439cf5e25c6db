#!/usr/bin/env bash
# What eight bits cost in quality: tinycoder in int8 against float32 along its stored texts, and how many of its held-out problems it solves in both types.
# Into bench/results/DATE-MACHINE/quality.md and quality.jsonl, whose lines begin with what was run. Needs the interpreters of samples/CodeAgent; takes about ten minutes.
#     bench/quality.sh [MACHINE]     MACHINE: a short name for it; default: from the processor's name
set -eu -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
agent=samples/CodeAgent/bin/Release/net10.0/CodeAgent
dotnet build samples/CodeAgent -c Release -m:1 -nodeReuse:false -v quiet --nologo
: > "$out/quality.jsonl"
scores=$(mktemp)
trap 'rm -f "$scores"' EXIT

# Problems solved at the first, greedy try; the line of JSON goes into the file.
passed() {
    $agent "$@" --tasks 100 --tries 1 --json "$scores" > /dev/null
    note "$out/quality.jsonl" "CodeAgent $* --tasks 100 --tries 1" "$(tr -d '\n' < "$scores" | tr -s ' ')"
    sed -n 's/.*"passed": *\([0-9]*\).*/\1/p' "$scores"
}

quality="bench quality --model models/tinycoder/model"
for cases in cases mixed; do note "$out/quality.jsonl" "quality, $cases.json" "$($flora $quality --cases models/tinycoder/$cases.json --json)"; done
$flora $quality > "$out/quality.md"
{
    printf '\n## Problems solved\n\nOf 100 held-out problems per language at the first, greedy try (`CodeAgent --tasks 100 --tries 1`), with the language'"'"'s rank-4 adapter (Python, JavaScript: the base) and on the base alone.\n\n'
    printf '| language | float32 | int8 | base, float32 | base, int8 |\n|---|--:|--:|--:|--:|\n'
    for language in py js rb pl lua rkt rs r php sh; do
        row="| $language |"
        for adapters in "" --base; do
            for dtype in float32 int8; do row+=" $(passed --languages $language --dtype $dtype $adapters) |"; done
        done
        echo "$row"
    done
} >> "$out/quality.md"
echo "results: $out/quality.md" >&2
