#!/usr/bin/env bash
# The int8 figures at published shapes with random weights: bench/results/DATE-MACHINE/int8.md, and as JSON lines int8.jsonl, each of which begins with what was run.
# The machine should do nothing else meanwhile. Takes about a quarter of an hour and, for the 15B shape, 17 GB of memory.
#     bench/int8.sh [MACHINE]     MACHINE: a short name for it; default: from the processor's name
set -eu -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
: > "$out/int8.jsonl"

run() {
    note "$out/int8.jsonl" "$*" "$($flora bench "$@" --json)"
}
compare() {
    note "$out/int8.jsonl" "compare: $1 / $2" "$($flora bench compare "$1" "$2" --json)"
}

one="--config bench/configs/starcoderbase-1b.json --dtype int8"
run roofline
for sequences in 1 8 16; do run decode $one --sequences $sequences; done
for rank in 1 2 4; do run decode $one --sequences 8 --adapters 8 --rank $rank; done
compare "decode $one --sequences 8 --adapters 8" "decode $one --sequences 8"
compare "decode $one --sequences 8" "decode $one --sequences 8"
compare "decode $one --sequences 8 --adapters 8 --kind ia3" "decode $one --sequences 8"
compare "decode $one --sequences 8 --adapters 8 --kind lora-gathered --rank 16" "decode $one --sequences 8"
compare "decode $one --sequences 32 --adapters 2000" "decode $one --sequences 32 --adapters 32"
for rank in 1 2 4 8; do run prefill $one --adapters 1 --rank $rank; done
run prefill $one
for type in bfloat16 float32; do compare "decode --config bench/configs/starcoderbase-1b.json --dtype $type --sequences 8 --adapters 8" "decode --config bench/configs/starcoderbase-1b.json --dtype $type --sequences 8"; done
run serving $one --requests 8 --prompt-tokens 64 --output-tokens 32 --adapters 8 --ranks 1,2,4,8
run serving $one --requests 8 --prompt-tokens 64 --output-tokens 32
for shape in starcoderbase-3b llama-3.2-1b llama-2-7b starcoderbase-15b; do
    run decode --config bench/configs/$shape.json --dtype int8 --sequences 8 --adapters 8 --steps 32
done
run speech --config bench/configs/whisper-base.json --random-weights --dtype int8 --recordings 8 --seconds 30 --tokens 50 --adapters 8
dotnet run --project bench/FLoRA.Bench -c Release -- limits "$out/int8.jsonl" > "$out/int8.md"
echo "results: $out/int8.md" >&2
