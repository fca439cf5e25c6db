#!/usr/bin/env bash
# Sixteen agents with one system prompt of 512 tokens and 32 of their own: the time to their first tokens with and without shared prefixes, at the StarCoderBase-1B shape in int8,
# as JSON lines into bench/results/DATE-MACHINE/prefix.jsonl. The machine should do nothing else meanwhile. Takes about three minutes.
#     bench/prefix.sh [MACHINE]     MACHINE: a short name for it; default: from the processor's name
set -eu -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
: > "$out/prefix.jsonl"

agents="serving --config bench/configs/starcoderbase-1b.json --dtype int8 --requests 16 --prompt-tokens 32 --output-tokens 8 --shared-prefix-tokens 512 --adapters 16"
run() {
    note "$out/prefix.jsonl" "$1" "$($flora bench $agents ${2-} --json)"
}

run "one adapter, no prefix cache" "--popularity identical --no-prefix-cache"
run "one adapter" "--popularity identical"
run "one adapter, known before" "--popularity identical --known-prefix"
run "sixteen adapters"
run "sixteen adapters, known before" "--known-prefix"
echo "results: $out/prefix.jsonl" >&2
