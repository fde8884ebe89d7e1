"""`python -m trials.guards`: disables every guard of the table in turn and runs its tests without it.

Prints the tests that fail without each guard. Names the guards whose tests still pass, and then exits with code 1.
Guards that only PostgreSQL has need `tests/support/postgres.py`. The test suite tries one guard.
"""

from __future__ import annotations

import argparse

from .running import is_missed, run_tests
from .table import GUARDS


def main() -> int:
    """Try the guards asked for. Returns 1 if one can fail unnoticed, or a test fails with every guard in place."""
    parser = argparse.ArgumentParser(prog="python -m trials.guards", description=__doc__)
    parser.add_argument("names", nargs="*", help="the beginnings of the names of some guards (all)")
    arguments = parser.parse_args()
    chosen = [each for each in GUARDS if not arguments.names or each.name.startswith(tuple(arguments.names))]
    if failed := run_tests({test for each in chosen for test in each.tests}):
        print("With every guard in its place these fail:", *failed, sep="\n  ")
        return 1
    unnoticed = [each.name for each in chosen if not is_missed(each, say=lambda line: print(line, flush=True))]
    print(f"{len(chosen) - len(unnoticed)} of {len(chosen)} guards are missed when they are gone.", *unnoticed)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    raise SystemExit(main())
