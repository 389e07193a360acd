#!/usr/bin/env python3
"""Time and memory of `harden batch plan` against `git clone` alone, over repositories of this machine made from the corpus.

    benches/batch.py [REPOSITORIES] [RUNS] [DOCKERFILES]

Without a number of Dockerfiles for each repository, all of the corpus are shared out: with 300, 23 each. With one each, git is
nearly all of both.

Both reach the repositories by addresses (`file://`), as many at the same time, and begin with nothing; the runs take turns.
Time is told as it passes and as processors are busy with all programs of a run, which others on the machine change less. Making and
taking away thousands of small files is most of both on a disk; TMPDIR may name a folder in memory.
The corpus is in ../shared, or in the folder that HARDEN_SHARED names; HARDEN names a program that is built already.
"""

import concurrent.futures
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = pathlib.Path(os.environ.get("HARDEN_SHARED", ROOT.parent / "shared"))
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def make(folder, number, each=None):
    """So many bare repositories with the Dockerfiles of the corpus. Gives their addresses."""
    files = sorted((SHARED / "corpus" / "dockerfiles").glob("*/*.Dockerfile"))
    if not files:
        sys.exit("skipped: no corpus; set HARDEN_SHARED to a folder that has `corpus/`")
    addresses = []
    for part in range(number):
        path = folder / f"service-{part:03}.git"
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", path], check=True)
        subprocess.run(["git", "-C", path, "config", "uploadpack.allowFilter", "true"], check=True)
        stream = [b"commit refs/heads/main\ncommitter a <a@example.com> 1700000000 +0000\ndata 1\nx\n"]
        for file in files[part::number][:each]:
            text = file.read_bytes()
            stream.append(b"M 100644 inline images/%s/Dockerfile\ndata %d\n%s\n" % (file.stem.encode(), len(text), text))
        subprocess.run(["git", "-C", path, "fast-import", "--quiet"], input=b"".join(stream), check=True)
        addresses.append(f"file://{path}")
    return addresses


def clone(addresses, folder, jobs):
    def one(pair):
        number, address = pair
        subprocess.run(["git", "clone", "--quiet", address, folder / str(number)], check=True, **QUIET)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, enumerate(addresses)))


def plan(harden, source, folder, jobs):
    words = [harden, "batch", "plan", source, "-p", "dotnet-ubi", "--id=bench", "--jobs", str(jobs), "-o", folder]
    subprocess.run(words, **QUIET)


def busy():
    """Seconds of processors for all programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    each = int(sys.argv[3]) if len(sys.argv) > 3 else None
    harden = os.environ.get("HARDEN")
    if not harden:
        subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
        harden = ROOT / "target" / "release" / "harden"
    jobs = 2 * (os.cpu_count() or 1)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        addresses = make(folder / "repositories", number, each)
        source = folder / "list"
        source.write_text("".join(f"{address}\n" for address in addresses))
        times = {"git clone": [], "harden batch plan": []}
        for _ in range(runs):
            for what in times:
                shutil.rmtree(folder / "work", ignore_errors=True)
                (folder / "work").mkdir()
                before, start = busy(), time.monotonic()
                if what == "git clone":
                    clone(addresses, folder / "work", jobs)
                else:
                    plan(harden, source, folder / "work", jobs)
                times[what].append((time.monotonic() - start, busy() - before))
        assert (folder / "work" / "plan.json").stat().st_size > 0
    for at, kind in enumerate(["s", "s of processors"]):
        medians = []
        for what, all_runs in times.items():
            of = [one[at] for one in all_runs]
            medians.append(statistics.median(of))
            print(f"{what:18} {medians[-1]:6.2f} {kind} (median of {runs}, {min(of):.2f} to {max(of):.2f})")
        print(f"ratio              {medians[1] / medians[0]:6.2f}")
    # Of the largest of all programs that were run, which is harden itself.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory        {peak:6.0f} MiB")


if __name__ == "__main__":
    main()
