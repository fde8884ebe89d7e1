"""Takes the database away while clerks file, and looks for what is lost, doubled or half-written:

    python -m trials.faults [--times 3] [--clerks 2] [--only sqlite|postgresql] [--commit HEAD]

gunicorn serves one commit with the settings of a deployment, on SQLite and then on PostgreSQL, whose files are on a
small disk (a tmpfs: run it as root). Clerks file whole Dimona INs over HTTP; what they get in the place of a page must
be that of an outage, and its one button is all that they press. So many times each: the server is restarted, in order
and at once; what is filed is locked for longer than a page waits; the disk is full; a proxy breaks the connection in
the middle of a statement, before COMMIT, and after it but before its answer.

Prints a line per fault, then what is wrong; exit 1 when something is. Wrong are an answer without a page, a page
without everything that was posted, a receipt without its declaration, a declaration without a receipt or a
notification, a draft or a number twice, a draft that leads to another receipt when it is confirmed again, a value
filed otherwise than typed, a first page after a restart that fails, a fault of the database that no clerk is told of,
and whatever `check_ledger` and `verify_chain` name.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from tests.support.serving.http_browser import Browser

from ..shared.application import Application, Release
from ..shared.outcome import Timeline
from ..shared.startup import announce, work_folder
from .clerks import PatientClerkPool
from .databases import MEGABYTES, Postgres, Sqlite, fill, small_disk
from .outcome import faults, print_table, unnoticed
from .proxy import AFTER_COMMIT, BEFORE_COMMIT, STATEMENT

DATABASES: dict[str, type[Sqlite] | type[Postgres]] = {"sqlite": Sqlite, "postgresql": Postgres}
# Seconds: somewhat longer than the service's pages wait (SQLite's timeout, PostgreSQL's lock_timeout).
LOCKED = {"SQLite": 23.0, "PostgreSQL": 12.0}
FULL = 4.0
# Seconds between two faults, in which the clerks finish their declarations.
CALM = 4.0
PATIENCE = 30.0


def arguments() -> Namespace:
    """The options: databases, repetitions, clerks."""
    parser = ArgumentParser(prog="python -m trials.faults")
    parser.add_argument("--times", type=int, default=3, help="how often each fault comes (3)")
    parser.add_argument("--clerks", type=int, default=2, help="how many file at once (2)")
    parser.add_argument("--only", choices=DATABASES, help="one database; both without it")
    parser.add_argument("--commit", default="HEAD", help="what is served (HEAD)")
    return parser.parse_args()


class Run:
    """A run of all faults on one database while clerks file."""

    def __init__(self, database: Sqlite | Postgres, pool: PatientClerkPool, times: int) -> None:
        self.database, self.pool, self.times = database, pool, times
        self.timeline = Timeline()

    def everything(self) -> None:
        """Cause each fault the given number of times, while a Confirm is in progress."""
        for name, strike in self.faults().items():
            self.begin(name)
            for _time in range(self.times):
                self.pool.wait_for_a_confirm()
                strike()
                time.sleep(CALM)
        self.pool.close()
        self.begin("end")

    def faults(self) -> dict[str, Callable[[], None]]:
        """The faults that this database can have."""
        locked = LOCKED[self.database.vendor]
        both: dict[str, Callable[[], None]] = {
            f"locked for {locked:.0f} seconds": partial(self.database.lock, locked),
            f"disk full for {FULL:.0f} seconds": self.fill,
        }
        if isinstance(self.database, Sqlite):
            return both
        return {
            "restarted in order": partial(self.database.restart, is_fast=True),
            "restarted at once": partial(self.database.restart, is_fast=False),
            **{f"cut {moment}": partial(self.cut, moment) for moment in (STATEMENT, BEFORE_COMMIT, AFTER_COMMIT)},
            **both,
        }

    def fill(self) -> None:
        """Fill the disk for a while."""
        fill(self.database.disk, FULL)
        self.database.mend()

    def cut(self, moment: str) -> None:
        """Break the next connection that files."""
        assert isinstance(self.database, Postgres)
        if not self.database.proxy.cut(moment, PATIENCE):
            self.pool.faults.append(f"nothing was filed in {PATIENCE} seconds")

    def begin(self, name: str) -> None:
        """Begin the phase of the next fault."""
        print(f"… {name}", file=sys.stderr, flush=True)
        self.timeline.begin(name)


def restarted_unseen(database: Sqlite | Postgres, port: int) -> list[str]:
    """The faults if a connection opened before a restart of the server is used again."""
    if isinstance(database, Sqlite):
        return []
    # Each of the process's two threads has its own connection.
    with Browser(port) as first, Browser(port) as second:
        before = [each.open("/").status for each in (first, second, first, second)]
        database.restart(is_fast=True)
        after = [each.open("/").status for each in (first, second, first, second)]
    print(f"first pages after a restart that nobody saw: {after}")
    return [f"first pages after a restart: {before} before, {after} after"] if {*before, *after} != {200} else []


def run_database(kind: type[Sqlite] | type[Postgres], options: Namespace) -> list[str]:
    """Cause all faults on one database and return what went wrong."""
    with work_folder("faults") as folder, ExitStack() as leftovers:
        release = Release(folder, options.commit)
        database = kind(leftovers.enter_context(small_disk(folder, MEGABYTES[kind.vendor])))
        leftovers.callback(database.stop)
        release.fill(database.url)
        service = Application(folder / "service.log", database.url)
        leftovers.callback(service.stop)
        service.start(release)
        found = restarted_unseen(database, service.port)
        pool = PatientClerkPool(service.port, options.clerks)
        leftovers.callback(pool.close)
        run = Run(database, pool, options.times)
        run.everything()
        print(f"\n{kind.vendor}, {release.commit}")
        print_table(run.timeline, pool)
        found += [*unnoticed(run.timeline, pool), *faults(pool, database, release)]
        print(f"{len(pool.filed)} receipts, {len(found)} faults", *found, sep="\n")
        return found


def main() -> None:
    """Run on one database after the other."""
    options = arguments()
    announce("trials.faults")
    kinds = [kind for name, kind in DATABASES.items() if options.only in (None, name)]
    found = [what for kind in kinds for what in run_database(kind, options)]
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
