#!/usr/bin/env bash
# Every experiment on this machine, into bench/results/DATE-MACHINE/. The machine should do nothing else meanwhile.
#     bench/run.sh [MACHINE]     MACHINE: a short name for it, such as epyc-2core; default: from the processor's name
# Exit code 0: every bound holds.
set -eu -o pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
bench=bench/FLoRA.Bench/bin/Release/net10.0/FLoRA.Bench
failed=0

dotnet build bench/FLoRA.Bench -c Release -m:1 -nodeReuse:false -v quiet --nologo

$bench serve --repeat --markdown "$out/serve.md" --json "$out/serve.json" || failed=1
$bench first-token --markdown "$out/first-token.md" --json "$out/first-token.json" || failed=1
$bench speech --markdown "$out/speech.md" --json "$out/speech.json" || failed=1
$bench real-time --shapes tiny base large-v3 --markdown "$out/real-time.md" --json "$out/real-time.json" || failed=1
$bench bmm --markdown "$out/bmm.md" --json "$out/bmm.json" || failed=1
$bench micro --markdown "$out/micro.md" || failed=1

echo "results: $out" >&2
exit "$failed"
