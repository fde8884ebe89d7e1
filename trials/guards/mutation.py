"""A copy of the tree, in which a guard is taken out and its tests are run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PYTEST = (sys.executable, "-m", "pytest", "-p", "no:xdist", "-q", "--no-header", "--tb=no", "-rfE")
# What pytest ends with when tests failed; anything else says that they did not run.
PASSED, FAILED = 0, 1


@dataclass(frozen=True)
class Guard:
    """A line that keeps a wrong from happening: where it stands, what stands there without it, who notices."""

    name: str
    path: str
    line: str
    instead: str
    tests: tuple[str, ...]


class NotRunError(Exception):
    """The tests did not run at all: what is left does not stand as code, or there is no such test."""


def copy_tree(folder: Path) -> Path:
    """The files that git knows of or would add, copied into the folder. Returns it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, folder / name)
    return folder


def run_tests(tree: Path, tests: Iterable[str]) -> list[str]:
    """Run these tests there. Returns those that failed; raises NotRunError when they could not be run."""
    environment = {**os.environ, "DEBUG": "true"}
    done = subprocess.run(
        [*PYTEST, *sorted(tests)], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode not in (PASSED, FAILED):
        raise NotRunError(done.stdout[-2000:] + done.stderr[-2000:])
    return [line.split(" - ")[0] for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]


def is_missed(guard: Guard, tree: Path, *, say: Callable[[str], object]) -> bool:
    """Whether its tests notice that the guard is gone; it is put back afterwards."""
    path = tree / guard.path
    whole = path.read_text()
    path.write_text(whole.replace(guard.line, guard.instead))
    try:
        failed = run_tests(tree, guard.tests)
    finally:
        path.write_text(whole)
    say(f"{'missed  ' if failed else 'NOT SEEN'} {guard.name} ({guard.path}): {len(failed)} failed")
    for each in failed[:3]:
        say(f"           {each}")
    return bool(failed)
