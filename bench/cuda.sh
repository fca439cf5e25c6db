#!/usr/bin/env bash
# Parity and the serving experiment on a machine with a GPU, in one command:
#     bench/cuda.sh TORCH_LIB              TORCH_LIB: the torch/lib folder of a PyTorch 2.11 for CUDA
# where the .NET SDK is. In two steps, where the machine with the GPU has none:
#     bench/cuda.sh --publish-only         makes artifacts/flora-linux-x64.tar.xz: programs with their runtime, model, golden data
#     tar xf flora-linux-x64.tar.xz && flora-linux-x64/cuda.sh TORCH_LIB
# Options: --device cpu     the same on the CPU, to try this script
#          --rounds N       of the serving experiment (20)
#          --results DIR    where the results go (bench/results; in a package: results)
# Exit code 0: the package is small enough, every parity test passed and none was skipped, every bound holds; 1 else.
set -eu -o pipefail

readonly max_package_bytes=$((60 * 1024 * 1024))
readonly name=flora-linux-x64
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
publish_only=false device=cuda rounds=20 results="" torch_lib=""

while (($#)); do
    case $1 in
        --publish-only) publish_only=true ;;
        --device | --rounds | --results)
            [[ $# -ge 2 ]] || { echo "cuda.sh: $1 needs a value" >&2; exit 2; }
            declare "${1#--}=$2"; shift ;;
        -*) echo "cuda.sh: unknown option $1; the head of this file lists them" >&2; exit 2 ;;
        *) torch_lib=$1 ;;
    esac
    shift
done

# Three programs in one folder share one runtime. Prints the folder.
publish() {
    local root=$1 package="$1/artifacts/$name" project
    rm -rf "$package"
    mkdir -p "$package/tests"
    for project in src/FLoRA.Cli bench/FLoRA.Bench tests/FLoRA.Parity.Tests; do
        dotnet publish "$root/$project" -c Release -r linux-x64 --self-contained -o "$package/bin" -m:1 -nodeReuse:false -v quiet --nologo \
            -p:FloraPublishNatives=false -p:FloraMicro=false -p:DebugType=none >&2
    done
    # What only the test platform of Visual Studio and "dotnet test" need: the tests run as a program here.
    rm -rf "$package"/bin/Microsoft.CodeCoverage "$package"/bin/{testhost*,Microsoft.TestPlatform.*,Microsoft.VisualStudio.*,xunit.runner.visualstudio.*} "$package"/bin/*.xml
    cp -r "$root/models" "$package/models"
    cp -r "$root/tests/data" "$package/tests/data"
    cp "$root/FLoRA.sln" "$package/" # programs and tests find their data from the folder that holds it
    cp "$root/bench/cuda.sh" "$package/"
    tar cJf "$root/artifacts/$name.tar.xz" -C "$root/artifacts" "$name"
    local bytes
    bytes=$(stat -c %s "$root/artifacts/$name.tar.xz")
    printf 'package: %s MiB packed, %s MiB unpacked, without libtorch: artifacts/%s.tar.xz\n' \
        "$(awk "BEGIN { printf \"%.1f\", $bytes / 1048576 }")" "$(du -sm "$package" | cut -f1)" "$name" >&2
    if ((bytes > max_package_bytes)); then
        echo "cuda.sh: the package has $bytes bytes; the limit is $max_package_bytes" >&2
        exit 1
    fi
    echo "$package"
}

if [[ -x $here/bin/FLoRA.Bench ]]; then
    package=$here
    results=${results:-$here/results}
else
    root=$(dirname "$here")
    package=$(publish "$root")
    results=${results:-$here/results}
fi
if $publish_only; then exit 0; fi

if [[ -z $torch_lib ]]; then
    echo "cuda.sh: expected the torch/lib folder of a PyTorch, got nothing" >&2
    exit 2
fi
FLORA_TORCH_LIB=$(cd "$torch_lib" && pwd)
export FLORA_TORCH_LIB

# A name for the results: the device's where there is one, else the processor's.
machine=$(nvidia-smi --query-gpu=name --format=csv,noheader 2>/dev/null | head -n 1 || true)
if [[ $device == cpu || -z $machine ]]; then machine=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1); fi
slug=$(tr 'A-Z' 'a-z' <<<"$machine" | tr -cs 'a-z0-9\n' '-' | sed 's/^-//; s/-$//')
out="$results/$(date -u +%F)-$slug"
mkdir -p "$out"
failed=0

echo "== parity on $device" >&2
FLORA_TEST_DEVICE=$device "$package/bin/FLoRA.Parity.Tests" -noColor 2>&1 | tee "$out/parity-$device.log" || failed=1
grep -q 'Skipped: 0,' "$out/parity-$device.log" || { echo "cuda.sh: parity tests were skipped: not proven on $device" >&2; failed=1; }
sed -i "s|$package|.|g; s|$FLORA_TORCH_LIB|TORCH_LIB|g" "$out/parity-$device.log"

echo "== serving on $device" >&2
"$package/bin/FLoRA.Bench" serve --device "$device" --rounds "$rounds" --repeat --markdown "$out/serve-$device.md" --json "$out/serve-$device.json" || failed=1
echo "== one layer on $device" >&2
"$package/bin/FLoRA.Bench" bmm --device "$device" --markdown "$out/bmm-$device.md" --json "$out/bmm-$device.json" || failed=1

echo "results: $out" >&2
exit "$failed"
