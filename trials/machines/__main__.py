"""Kills an application process and then the database while clerks file, and looks for what is lost:

    python -m trials.machines [--clerks 4] [--seconds 15] [--unnoticed 3] [--commit HEAD] [--resend-posts]
        [--asynchronous]

Three gunicorns with production settings stand behind nginx, on a PostgreSQL reached through PgBouncer (transaction
pooling), with a streaming standby that every commit waits for. Clerks file whole Dimona INs over HTTP all the time,
and send again what is not answered. One gunicorn is killed with SIGKILL and started again; then all processes of the
primary are; after `--unnoticed` seconds the standby is promoted and PgBouncer told so; at last the promoted server
gets a standby of its own, and is switched over to it in order. Needs nginx and PgBouncer beside what the tests need
(Debian: nginx-light, pgbouncer).

Prints a line per phase, then each fault; exit 1 when there is one. A fault is a receipt without its declaration on the
promoted server, a declaration without a receipt, a draft or a number twice, a draft that leads to another receipt when
it is confirmed again, and whatever `check_ledger` and `verify_chain` name.
"""

from __future__ import annotations

import re
import sys
import time
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack

from ..shared.application import Release
from ..shared.clerks import ClerkPool
from ..shared.outcome import Timeline, faults, print_table
from ..shared.startup import announce, work_folder
from .deployment import Machines

HEAD = re.compile(r"\d+:[0-9a-f]{64}")


def arguments() -> Namespace:
    """The options: number of clerks, durations."""
    parser = ArgumentParser(prog="python -m trials.machines")
    parser.add_argument("--clerks", type=int, default=4, help="how many file at once (4)")
    parser.add_argument("--seconds", type=float, default=15, help="how long each phase lasts (15)")
    parser.add_argument("--pause", type=float, default=0.5, help="a clerk's seconds between two declarations (0.5)")
    parser.add_argument("--unnoticed", type=float, default=3, help="seconds from the loss to the promotion (3)")
    parser.add_argument("--commit", default="HEAD", help="what is served (HEAD)")
    parser.add_argument("--resend-posts", action="store_true", help="nginx sends an unanswered form again")
    parser.add_argument(
        "--asynchronous",
        action="store_true",
        help="wait for no standby, and let it miss the last second: a loss is seen",
    )
    return parser.parse_args()


class Run:
    """A run of all phases while clerks file."""

    def __init__(self, machines: Machines, pool: ClerkPool, options: Namespace) -> None:
        self.machines, self.pool, self.options = machines, pool, options
        self.timeline = Timeline()
        self.head = ""

    def everything(self) -> None:
        """Run one phase after another, until every clerk has finished."""
        self.phase("three processes", self.options.seconds)
        self.lose_a_process()
        self.lose_the_primary()
        self.phase("a new standby copied and waited for", 0)
        self.machines.add_standby("third")
        time.sleep(self.options.seconds)
        self.phase("switched over to it in order", 0)
        self.machines.switch_over()
        time.sleep(self.options.seconds)
        self.pool.close()
        self.phase("end", 0)

    def lose_a_process(self) -> None:
        """Kill one of three processes and start it again."""
        lost = self.machines.applications[0]
        self.pool.wait_for_a_confirm()
        lost.kill()
        self.phase("one killed", self.options.seconds)
        self.phase("started again", 0)
        lost.start(self.machines.release)
        time.sleep(self.options.seconds)

    def lose_the_primary(self) -> None:
        """Kill all processes of the primary; the head of the chain is stored before."""
        said = self.machines.release.manage(self.machines.leader.url, "seal_declarations")
        self.head = HEAD.findall(said)[-1]
        if self.options.asynchronous and self.machines.standby:
            self.machines.standby.stop_following()
        time.sleep(1)
        self.pool.wait_for_a_confirm()
        self.machines.leader.kill()
        self.phase("primary killed, nobody noticed", self.options.unnoticed)
        self.phase("standby promoted, PgBouncer pointed at it", 0)
        self.machines.fail_over()
        time.sleep(self.options.seconds)

    def phase(self, name: str, seconds: float) -> None:
        """Begin the next phase and let it last."""
        self.timeline.begin(name)
        time.sleep(seconds)


def main() -> None:
    """Start everything, run the phases and print the results."""
    options = arguments()
    announce("trials.machines")
    with work_folder("machines") as folder, ExitStack() as leftovers:
        release = Release(folder, options.commit)
        machines = Machines(folder, release, leftovers, resends_posts=options.resend_posts)
        machines.add_standby("second", is_waited_for=not options.asynchronous)
        pool = ClerkPool(machines.nginx.port, options.clerks, options.pause)
        leftovers.callback(pool.close)
        happened = Run(machines, pool, options)
        happened.everything()
        print_table(happened.timeline, pool)
        found = faults(pool, machines.leader, release, happened.head)
        print(f"{len(pool.filed)} receipts, {len(found)} faults", *found, sep="\n")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
