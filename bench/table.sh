#!/usr/bin/env bash
# "N requests, M adapters, one machine": tokens a second of 1, 8 and 32 requests with no adapter and with 1, 8 and 32 adapters of every kind, at the 1B shape in int8.
# Into bench/results/DATE-MACHINE/table.md and table-lora.md, and table.jsonl, whose lines begin with what was run. fLoRA and IA3 have rank 1, LoRA has rank 16. Takes about a quarter of an hour.
# The machine should do nothing else meanwhile.
#     bench/table.sh [MACHINE]     MACHINE: a short name for it; default: from the processor's name
set -eu -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
: > "$out/table.jsonl"

run() {
    note "$out/table.jsonl" "serving $*" "$($flora bench serving "$@" --markdown "$out/$file.md" --json)"
}

of="--config bench/configs/starcoderbase-1b.json --dtype int8 --requests 1,8,32 --prompt-tokens 64 --output-tokens 32 --rounds 2"
file=table run $of --adapters 0,1,8,32 --kind flora,ia3 --rank 1
file=table-lora run $of --adapters 0,1,8,32 --kind lora-gathered,lora-bmm,lora-naive --rank 16
echo "results: $out/table.md, $out/table-lora.md" >&2
