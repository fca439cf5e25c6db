# What the scripts beside it share; source it with the name of the machine, if one was given, as $1.
# Goes to the root of the repository, builds flora, and sets: machine, out (the folder of the results, made), flora.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
machine=${1:-$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1 | tr 'A-Z' 'a-z' | tr -cs 'a-z0-9\n' '-')-$(nproc)core}
out="bench/results/$(date -u +%F)-$machine"
flora=src/FLoRA.Cli/bin/Release/net10.0/flora
dotnet build src/FLoRA.Cli -c Release -m:1 -nodeReuse:false -v quiet --nologo
mkdir -p "$out"

# note FILE RUN RESULT: a line of JSON that begins with what was run.
note() {
    printf '{"run":"%s","result":%s}\n' "$2" "$3" | tee -a "$1" >&2
}
