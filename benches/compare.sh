#!/usr/bin/env bash
# The time of `harden --check -q` over the corpus, as a ratio to reading the same files with sha256sum and to hadolint.
#
#     benches/compare.sh [RUNS]
#
# Medians of RUNS runs (default 5), measured in turn, so that a busy machine hurts all alike; hadolint runs once. The corpus is in
# ../shared, or in the folder that HARDEN_SHARED names; HARDEN names a program that is built already.
set -euo pipefail
cd "$(dirname "$0")/.."
runs="${1:-5}"
files="${HARDEN_SHARED:-../shared}/corpus/dockerfiles"
if [ ! -d "$files" ]; then
    echo "skipped: comparison: no corpus; set HARDEN_SHARED to a folder that has \`corpus/\`"
    exit 0
fi
source benches/common.sh

list=$(mktemp)
trap 'rm -rf "$list" "$times"' EXIT
find "$files" -type f -name '*.Dockerfile' -print0 | sort -z > "$list"

# measure NAME COMMAND...: appends the wall-clock seconds of one run.
measure() {
    local name=$1 start
    shift
    start=$EPOCHREALTIME
    "$@" > /dev/null 2>&1 || true
    awk -v start="$start" -v end="$EPOCHREALTIME" 'BEGIN { printf "%.4f\n", end - start }' >> "$times/$name"
}

check() { "$harden" --check -q -p "$1" "$files"; }
check_on_one_core() { taskset -c 0 "$harden" --check -q -p "$1" "$files"; }
read_all() { xargs -0 sha256sum < "$list"; }
lint() { xargs -0 "$hadolint" --no-fail < "$list"; }

read_all > /dev/null
for _ in $(seq "$runs"); do
    measure "sha256sum" read_all
    measure "harden -p baseline" check baseline
    measure "harden -p dotnet-ubi" check dotnet-ubi
    measure "harden -p baseline, one core" check_on_one_core baseline
done
# It takes minutes, so once must do.
if [ -x "$hadolint" ]; then measure "hadolint" lint; fi

count=$(tr -cd '\0' < "$list" | wc -c)
base=$(median "sha256sum")
echo "$count files, median of $runs runs"
printf '%-30s %9s %12s %14s\n' "" seconds files/s "of sha256sum"
for name in "sha256sum" "harden -p baseline" "harden -p dotnet-ubi" "harden -p baseline, one core" "hadolint"; do
    if [ -f "$times/$name" ]; then
        awk -v name="$name" -v seconds="$(median "$name")" -v count="$count" -v base="$base" \
            'BEGIN { printf "%-30s %9.3f %12.0f %13.1fx\n", name, seconds, count / seconds, seconds / base }'
    fi
done
if [ -f "$times/hadolint" ]; then
    awk -v lint="$(median hadolint)" -v check="$(median "harden -p baseline")" \
        'BEGIN { printf "harden -p baseline takes 1/%.1f of the time of hadolint\n", lint / check }'
fi
