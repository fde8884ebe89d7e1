"""Upgrades the service while clerks file, old and new code side by side on one database:

    python -m trials.machines.upgrade OLD [NEW] [--clerks 3] [--seconds 8]

OLD and NEW are commits. Three gunicorns of OLD stand behind nginx on PgBouncer and PostgreSQL. NEW runs its `migrate`
and `load_referentials` under them; then one process after the other is taken out of nginx, stopped, started with NEW
and put in again. Clerks file whole Dimona INs all the time, each request with the next process: old and new code work
on one draft.

Prints a line per phase, then each fault; exit 1 when there is one. An error that a clerk saw is a fault here; the
others are those of `python -m trials.machines`.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack

from ..shared.application import Release
from ..shared.clerks import ClerkPool
from ..shared.outcome import Timeline, faults, print_table
from ..shared.startup import announce, work_folder
from .deployment import Machines

# Lock timeout of the migration, which delays everyone behind it. After a timeout the migration is repeated.
PATIENCE = "-c lock_timeout=2s"


def arguments() -> Namespace:
    """The options: the old and the new commit."""
    parser = ArgumentParser(prog="python -m trials.machines.upgrade")
    parser.add_argument("old", help="the commit that is served")
    parser.add_argument("new", nargs="?", default="HEAD", help="the commit that it is upgraded to (HEAD)")
    parser.add_argument("--clerks", type=int, default=3, help="how many file at once (3)")
    parser.add_argument("--seconds", type=float, default=8, help="how long each phase lasts (8)")
    parser.add_argument("--pause", type=float, default=0.5, help="a clerk's seconds between two declarations (0.5)")
    return parser.parse_args()


def run(machines: Machines, new: Release, seconds: float) -> Timeline:
    """Migrate, then replace the old code by the new, one process at a time; returns the phases."""
    timeline = Timeline()
    timeline.begin("old code")
    time.sleep(seconds)
    timeline.begin("migrations of the new code, under the old")
    for command in ("migrate", "load_referentials"):
        new.manage(machines.leader.url, command, "--verbosity", "0", PGOPTIONS=PATIENCE)
    time.sleep(seconds)
    for position, application in enumerate(machines.applications, start=1):
        timeline.begin(f"new code in {position} of {len(machines.applications)}")
        machines.nginx.route_to([each for each in machines.applications if each is not application])
        application.stop()
        application.start(new)
        machines.nginx.route_to(machines.applications)
        time.sleep(seconds)
    return timeline


def main() -> None:
    """Start the old code, upgrade, and print the results."""
    options = arguments()
    announce("trials.machines.upgrade")
    with work_folder("machines") as folder, ExitStack() as leftovers:
        old, new = Release(folder, options.old), Release(folder, options.new)
        print(f"from {old.commit} to {new.commit}", flush=True)
        machines = Machines(folder, old, leftovers)
        pool = ClerkPool(machines.nginx.port, options.clerks, options.pause)
        leftovers.callback(pool.close)
        timeline = run(machines, new, options.seconds)
        pool.close()
        timeline.begin("end")
        print_table(timeline, pool)
        found = [
            *faults(pool, machines.leader, new),
            *([f"{len(pool.errors)} errors seen"] if pool.errors else []),
        ]
        print(f"{len(pool.filed)} receipts, {len(found)} faults", *found, sep="\n")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
