#!/bin/sh
#SBATCH --job-name=harden
#SBATCH --array=1-4
#SBATCH --cpus-per-task=1
#SBATCH --output=harden-%a.log
#
# A batch on a Slurm cluster, in a folder that all nodes see:
#
#   job=$(sbatch --parsable batch-slurm.sh repositories.txt dotnet-ubi 2026-11-dotnet "$(date +%F)")
#   sbatch --dependency="afterok:$job" --wrap "harden batch merge part-* -o 2026-11-dotnet"
#
# Another number of parts: `sbatch --array=1-16 …`.
set -eu
source=$1 profile=$2 batch=$3 today=$4
status=0
harden batch plan "$source" -p "$profile" --id "$batch" --today "$today" --shard auto -o "part-$SLURM_ARRAY_TASK_ID" || status=$?
# 2: some repository could not be looked at, which is in the report; without a plan, it is a failure.
test "$status" -eq 0 || { test "$status" -eq 2 && test -e "part-$SLURM_ARRAY_TASK_ID/plan.json"; }
