"""Runs tests in a process in which one guard is disabled; pytest loads this module as a plugin."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable

from .mutation import Guard

PYTEST = (sys.executable, "-m", "pytest", "-p", __name__, "-p", "no:xdist", "-q", "--no-header", "--tb=no", "-rfE")
# The environment variable that names the guard.
DISABLED = "DISABLED_GUARD"
# pytest's exit codes: all passed, some failed. Any other means that the tests did not run.
PASSED, FAILED = 0, 1


class NotRunError(Exception):
    """The tests did not run: there is no such test, or the code fails to load."""


def pytest_sessionstart() -> None:
    """Disable the guard named in the environment."""
    from .table import GUARDS

    for guard in GUARDS:
        if guard.name == os.environ.get(DISABLED):
            guard.prepare()()


def run_tests(tests: Iterable[str], without: str = "") -> list[str]:
    """Run the tests without that guard. Returns those that fail. Raises NotRunError."""
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
    """Whether a test of the guard fails without it."""
    failed = run_tests(guard.tests, without=guard.name)
    say(f"{'missed  ' if failed else 'NOT SEEN'} {guard.name} ({guard.target}): {len(failed)} failed")
    for each in failed[:3]:
        say(f"           {each}")
    return bool(failed)
