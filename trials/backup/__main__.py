"""Backs up while clerks file, destroys the database, restores it, and looks for what is lost:

    python -m trials.backup [NAME ...] [--clerks 3] [--seconds 8] [--commit HEAD] [--archive-alone] [--archive-nothing]

`sqlite` and `postgresql` take `manage.py backup` and `restore`: every receipt shown before the backup began must have
its declaration, no number may be given again afterwards, and `check_ledger` and `verify_chain` must find nothing.
`log` and `received` bring PostgreSQL back to the last commit, from a base backup and the archived log: every receipt
ever shown must have its declaration. In the first the disk of the log survived; in the second nothing did, and every
commit had waited for `pg_receivewal`. Clerks go on filing through both, and send again what is not answered.

`--archive-alone` leaves out the log that the archive does not have yet, `--archive-nothing` lets `archive_command` say
that it did what it did not: that a loss is seen. Prints what came of each, then each fault; exit 1 when there is one.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack

from ..shared.application import Release
from ..shared.startup import announce, work_folder
from .archiving import to_the_last_commit
from .copying import Postgresql, Sqlite, to_the_backup

NAMES = ("sqlite", "postgresql", "log", "received")


def arguments() -> Namespace:
    """The options: what to try, the number of clerks, the duration."""
    parser = ArgumentParser(prog="python -m trials.backup")
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*NAMES, []], help=f"of {', '.join(NAMES)} (all)")
    parser.add_argument("--clerks", type=int, default=3, help="how many file at once (3)")
    parser.add_argument("--seconds", type=float, default=8, help="how long before and after each event (8)")
    parser.add_argument("--commit", default="HEAD", help="what is served (HEAD)")
    parser.add_argument("--archive-alone", action="store_true", help="restore without the log not archived yet")
    parser.add_argument("--archive-nothing", action="store_true", help="archive_command copies nothing")
    return parser.parse_args()


def main() -> None:
    """Run each trial in a folder of its own."""
    options = arguments()
    announce("trials.backup")
    found: list[str] = []
    with work_folder("backup") as folder:
        release = Release(folder, options.commit)
        for each in options.names or NAMES:
            with ExitStack() as leftovers:
                if each in ("sqlite", "postgresql"):
                    kind = (Sqlite if each == "sqlite" else Postgresql)(folder, leftovers)
                    found += to_the_backup(kind, release, options, leftovers)
                else:
                    found += to_the_last_commit(each, folder, release, options, leftovers)
    print(f"{len(found)} faults", *found, sep="\n")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
