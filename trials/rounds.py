"""Lets processes of their own declare on one period at the same moment, and checks what came of it:

    python -m trials.rounds [--rounds 500] [--processes 2]

The rounds are dealt out to the pairs of `racing.contests`. In each, a Dimona IN opens a period, each process walks a
draft to its overview, and all press Confirm at once, on the real pages. A database of its own is made and removed:
SQLite, or with DATABASE_URL on that PostgreSQL server (`python tests/support/postgres.py python -m trials.rounds`
starts one).

Prints what came of each pair, then each fault; exit 1 when there is one. A fault is an answer other than 200 or 302, a
draft without its one declaration, a first Confirm that files when another was first, a receipt or a fresh overview
other than the order of the declarations calls for, or a difference that `check_ledger` finds.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from itertools import groupby
from multiprocessing import get_context
from threading import BrokenBarrierError
from typing import TYPE_CHECKING, Any

from django.utils.timezone import localdate

from tests.support.own_database import own_database, set_up

if TYPE_CHECKING:
    from .racing import Act

WAIT = 120
COLUMNS = "{:<36} {:>6} {:>9} {:>7}  {}"


def arguments() -> Namespace:
    """The options: number of rounds and processes."""
    parser = ArgumentParser(prog="python -m trials.rounds")
    parser.add_argument("--rounds", type=int, default=500, help="rounds in all, dealt out to the pairs (500)")
    parser.add_argument("--processes", type=int, default=2, help="how many declare at once (2)")
    return parser.parse_args()


# -- the processes ---------------------------------------------------------------------------------------------


def initialise_process(database: str, *shared: Any) -> None:
    """Connect a process to that database and to the shared objects."""
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    from django.test.utils import setup_test_environment

    from . import racing

    setup_test_environment()
    racing.shared = racing.Shared(*shared)


def race(database: str, rounds: int, processes: int, today: date) -> list[tuple[list[Act], list[float]]]:
    """The acts of each process, and its seconds per contest."""
    from . import racing

    fresh = get_context("spawn")
    shared = (fresh.Barrier(processes, timeout=WAIT), fresh.Array("Q", rounds))
    with ProcessPoolExecutor(processes, fresh, initialise_process, (database, *shared)) as pool:
        parts = [pool.submit(racing.run_process, process, processes, rounds, today) for process in range(processes)]
        errors = [error for part in parts if (error := part.exception())]
        # A failing process breaks the barrier of the others, so its own error is raised first.
        for error in sorted(errors, key=lambda error: isinstance(error, BrokenBarrierError)):
            raise error
        return [part.result() for part in parts]


# -- results ---------------------------------------------------------------------------------------------------


def report(acts: Sequence[Act], seconds: Sequence[float], processes: int, today: date) -> list[str]:
    """Print a line per contest and outcome; returns the faults."""
    from . import racing

    filed, found = racing.declarations_by_draft([act.draft for act in acts]), []
    print(COLUMNS.format("pair", "rounds", "processes", "seconds", "outcomes"))
    for position, contest in enumerate(racing.contests(today)):
        rounds = rounds_of(act for act in acts if act.contest == position)
        outcomes = Counter(racing.outcome(contest, each, filed) for each in rounds)
        cells = [contest.name, len(rounds), processes, f"{seconds[position]:.1f}"]
        for words, count in sorted(outcomes.items()):
            print(COLUMNS.format(*cells, f"{count} × {words}"))
            cells = [""] * len(cells)
        found += [f"{contest.name}: {what}" for each in rounds for what in racing.faults(contest, each, filed)]
    return found


def rounds_of(acts: Iterable[Act]) -> list[list[Act]]:
    """The acts grouped by round."""
    in_order = sorted(acts, key=lambda act: act.round)
    return [list(group) for _round, group in groupby(in_order, key=lambda act: act.round)]


def ledger() -> list[str]:
    """The output of `check_ledger`, if it finds a difference."""
    from tests.support.sealing import command

    code, lines = command("check_ledger")
    if code:
        return lines
    print("check_ledger:", *lines)
    return []


def main() -> None:
    """Run the rounds."""
    options = arguments()
    set_up()
    today = localdate()
    with own_database() as (database, vendor):
        parts = race(database, options.rounds, options.processes, today)
        acts = [act for each, _seconds in parts for act in each]
        print(f"{options.rounds} rounds on {vendor}")
        found = [*report(acts, parts[0][1], options.processes, today), *ledger()]
    print("\n".join(found) or "No fault.")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
