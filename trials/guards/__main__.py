"""`python -m trials.guards`: every guard of the table taken out in turn, in a copy of the tree.

For each it says which tests failed without it; a guard whose tests pass without it is named, and the exit code is 1.
The guards of PostgreSQL alone are tried where `tests/support/postgres.py` runs the command. A small run stands in the
suite.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from .mutation import copy_tree, is_missed, run_tests
from .table import GUARDS


def main() -> int:
    """Try the guards that are asked for. Returns 1 when one may go unnoticed, or a test fails although all stand."""
    parser = argparse.ArgumentParser(prog="python -m trials.guards", description=__doc__)
    parser.add_argument("names", nargs="*", help="the beginnings of the names of some guards (all)")
    arguments = parser.parse_args()
    chosen = [each for each in GUARDS if not arguments.names or each.name.startswith(tuple(arguments.names))]
    with tempfile.TemporaryDirectory(prefix="guards-") as folder:
        tree = copy_tree(Path(folder))
        if failed := run_tests(tree, {test for each in chosen for test in each.tests}):
            print("With every guard in its place these fail:", *failed, sep="\n  ")
            return 1
        unnoticed = [each.name for each in chosen if not is_missed(each, tree, say=print)]
    print(f"{len(chosen) - len(unnoticed)} of {len(chosen)} guards are missed when they are gone.", *unnoticed)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    raise SystemExit(main())
