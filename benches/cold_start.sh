#!/usr/bin/env bash
# How long one run on one small Dockerfile takes: `harden --check` as a ratio to `true` with one file read, and to hadolint.
#
#     benches/cold_start.sh [ROUNDS]
#
# Each round (default 40) runs each program ten times in turn, so that a busy machine hurts all alike; the medians of the
# rounds are compared. HARDEN names a program that is built already. What runs is a copy of it, as an installation leaves one:
# what a linker has just written lies in small pieces in the memory of the system and starts a tenth slower.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds="${1:-40}"
source benches/common.sh
file=examples/worker/Dockerfile

trap 'rm -rf "$times"' EXIT
install "$harden" "$times/program"
harden=$times/program

# measure NAME COMMAND...: appends the microseconds of one of ten runs.
measure() {
    local name=$1 start end
    shift
    start=${EPOCHREALTIME/./}
    for _ in 1 2 3 4 5 6 7 8 9 10; do "$@" > /dev/null 2>&1 || true; done
    end=${EPOCHREALTIME/./}
    echo $(((end - start) / 10)) >> "$times/$name"
}

for _ in $(seq "$rounds"); do
    measure true /bin/true
    # A program that does nothing but read the file.
    measure cat /bin/cat "$file"
    measure harden "$harden" --check "$file"
    if [ -x "$hadolint" ]; then measure hadolint "$hadolint" "$file"; fi
done

base=$(median cat)
printf '%-10s %12s %10s\n' "" microseconds "of cat"
for name in true cat harden hadolint; do
    if [ -f "$times/$name" ]; then
        awk -v name="$name" -v time="$(median "$name")" -v base="$base" 'BEGIN { printf "%-10s %12d %9.2fx\n", name, time, time / base }'
    fi
done
if [ -f "$times/hadolint" ]; then
    awk -v lint="$(median hadolint)" -v check="$(median harden)" 'BEGIN { printf "harden --check takes 1/%.1f of the time of hadolint\n", lint / check }'
fi
