#!/bin/sh
# A batch on several machines by GNU parallel: batch-parallel.sh repositories.txt dotnet-ubi 2026-11-dotnet 4
#
# Without PARALLEL_HOSTS all parts run here. With it, such as PARALLEL_HOSTS=one,two, they run on these hosts, which have harden,
# the list in the same place, and logins for git; their plans come back.
set -eu
source=$1 profile=$2 batch=$3 total=$4
today=$(date +%F)
hosts=
if [ -n "${PARALLEL_HOSTS:-}" ]; then
    hosts="--sshlogin $PARALLEL_HOSTS --return part-{}/plan.json"
fi
# 2: some repository could not be looked at, which is in the report; the part that has no plan is then missed.
# shellcheck disable=SC2086 # words of their own
parallel $hosts "harden batch plan '$source' -p '$profile' --id '$batch' --today '$today' --shard '{}/$total' -o 'part-{}' || test \$? -eq 2" ::: $(seq "$total")
# shellcheck disable=SC2046 # words of their own
harden batch merge $(seq -f 'part-%g' "$total") -o "$batch"
