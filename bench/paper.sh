#!/usr/bin/env bash
# The paper's figures (Wen and Chaudhuri 2024, section 4.2) on this machine: throughput against rank, and latency per output token against rank at two rates of arrival, with random weights at published shapes.
# Into bench/results/DATE-MACHINE/paper/: per shape SHAPE.md and SHAPE/throughput.png, latency.png; all runs in paper.jsonl, whose lines begin with what was run. The machine should do nothing else meanwhile.
#     bench/paper.sh [MACHINE]           on a CPU, int8: the 1B shape whole, 3B and 7B at reduced length, 15B decoding. About an hour and a half, 17 GB of memory for the last.
#     bench/paper.sh --cuda [MACHINE]    the paper's own setting, on a CUDA device: 15B, 3B, 1B and Llama-2 13B, 7B in bfloat16, at 8 and 15 requests a second
# MACHINE: a short name for it; default: from the processor's name.
set -eu -o pipefail
cuda=false
if [[ ${1:-} == --cuda ]]; then cuda=true; shift; fi
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
mkdir -p "$out/paper"
: > "$out/paper/paper.jsonl"

kinds=none,flora,lora-gathered,lora-bmm,lora-naive
run() {
    note "$out/paper/paper.jsonl" "$*" "$($flora bench "$@" --json)"
}
# figure SHAPE OPTIONS...
figure() {
    local shape=$1
    shift
    note "$out/paper/paper.jsonl" "$shape $*" \
        "$($flora bench serving --config "bench/configs/$shape.json" --adapters 8 --kind $kinds "$@" --markdown "$out/paper/$shape.md" --plots "$out/paper/$shape" --json)"
}

if $cuda; then
    for shape in starcoderbase-1b starcoderbase-3b starcoderbase-15b llama-2-7b llama-2-13b; do
        figure $shape --dtype bfloat16 --requests 256 --lengths sharegpt --scale 0.5 --max-sequences 32 --ranks 1,2,4,8,16 --rate all,8,15
    done
else
    figure starcoderbase-1b --dtype int8 --requests 16 --prompt-tokens 64 --output-tokens 32 --ranks 1,2,4,8,16 --rate all,1,2
    figure starcoderbase-3b --dtype int8 --requests 8 --prompt-tokens 32 --output-tokens 32 --ranks 1,4,8 --rate all,0.5,1
    figure llama-2-7b --dtype int8 --requests 8 --prompt-tokens 16 --output-tokens 16 --ranks 1,4,8 --rate all,0.25,0.5
    run decode --config bench/configs/starcoderbase-15b.json --dtype int8 --sequences 8 --adapters 8 --steps 32
fi
echo "results: $out/paper" >&2
