"""Runs tests in a process of their own in which one guard is disabled: pytest loads this module as a plugin."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable

from .mutation import Guard

PYTEST = (sys.executable, "-m", "pytest", "-p", __name__, "-p", "no:xdist", "-q", "--no-header", "--tb=no", "-rfE")
# The environment variable that names the guard.
DISABLED = "DISABLED_GUARD"
# pytest's exit codes: all passed, some failed. With any other the tests did not run.
PASSED, FAILED = 0, 1


class NotRunError(Exception):
    """The tests did not run: no such test, or no code that runs."""


def pytest_sessionstart() -> None:
    """Disable the guard that the environment names."""
    from .table import GUARDS

    for guard in GUARDS:
        if guard.name == os.environ.get(DISABLED):
            guard.prepare()()


def run_tests(tests: Iterable[str], without: str = "") -> list[str]:
    """The tests that fail without that guard. Raises NotRunError."""
    done = subprocess.run(
        [*PYTEST, *sorted(tests)],
        env={**os.environ, "DEBUG": "true", DISABLED: without},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (PASSED, FAILED):
        raise NotRunError(done.stdout[-2000:] + done.stderr[-2000:])
    return [line.split(" - ")[0] for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]


def is_missed(guard: Guard, *, say: Callable[[str], object]) -> bool:
    """Whether the guard's tests fail without it."""
    failed = run_tests(guard.tests, without=guard.name)
    say(f"{'missed  ' if failed else 'NOT SEEN'} {guard.name} ({guard.target}): {len(failed)} failed")
    for each in failed[:3]:
        say(f"           {each}")
    return bool(failed)
