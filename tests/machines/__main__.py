"""Kills an application process and then the database while clerks file, and looks for what is lost:

    python -m tests.machines [--clerks 4] [--seconds 15] [--unnoticed 3] [--commit HEAD] [--resend-posts]

Three gunicorns with production settings stand behind nginx, on a PostgreSQL reached through PgBouncer (transaction
pooling), with a streaming standby that every commit waits for. Clerks file whole Dimona INs over HTTP all the time,
and send again what is not answered. One gunicorn is killed with SIGKILL and started again; then all processes of the
primary are; after `--unnoticed` seconds the standby is promoted and PgBouncer told so; at last the promoted server
gets a standby of its own. Needs nginx and PgBouncer beside what the tests need (Debian: nginx-light, pgbouncer).

Prints a line per phase, then each fault; exit 1 when there is one. A fault is a receipt without its declaration on the
promoted server, a declaration without a receipt, a draft or a number twice, a draft that leads to another receipt when
it is confirmed again, and whatever `check_ledger` and `verify_chain` name.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.machine import described

from .clerks import Office
from .front import Release
from .machines import Machines
from .outcome import Timeline, faults, table

HEAD = re.compile(r"\d+:[0-9a-f]{64}")


def arguments() -> Namespace:
    """How many clerks, for how long."""
    parser = ArgumentParser(prog="python -m tests.machines")
    parser.add_argument("--clerks", type=int, default=4, help="how many file at once (4)")
    parser.add_argument("--seconds", type=float, default=15, help="how long each phase lasts (15)")
    parser.add_argument("--pause", type=float, default=0.5, help="a clerk's seconds between two declarations (0.5)")
    parser.add_argument("--unnoticed", type=float, default=3, help="seconds from the loss to the promotion (3)")
    parser.add_argument("--commit", default="HEAD", help="what is served (HEAD)")
    parser.add_argument("--resend-posts", action="store_true", help="nginx sends an unanswered form again")
    return parser.parse_args()


def run(machines: Machines, office: Office, options: Namespace) -> tuple[Timeline, str]:
    """Let everything happen while the clerks file; the phases, and the head of the chain before the loss."""
    timeline = Timeline()
    for name, act in (
        ("three processes", lambda: None),
        ("one killed", machines.applications[0].kill),
        ("started again", lambda: machines.applications[0].start(machines.release)),
    ):
        timeline.begin(name, time.monotonic())
        act()
        time.sleep(options.seconds)
    said = machines.release.manage(machines.leader.url, "seal_declarations")
    time.sleep(1)
    timeline.begin("primary killed, nobody noticed", time.monotonic())
    machines.leader.kill()
    time.sleep(options.unnoticed)
    timeline.begin("standby promoted, PgBouncer pointed at it", time.monotonic())
    machines.fail_over()
    time.sleep(options.seconds)
    timeline.begin("a new standby copied and waited for", time.monotonic())
    machines.follow("third")
    time.sleep(options.seconds)
    office.close()
    timeline.begin("end", time.monotonic())
    head = HEAD.search(said)
    return timeline, head[0] if head else sys.exit(f"seal_declarations prints no head: {said}")


def main() -> None:
    """Stand everything up, let it happen, and tell what came of it."""
    options = arguments()
    print(f"python -m tests.machines {' '.join(sys.argv[1:])}\n{described()}", flush=True)
    with tempfile.TemporaryDirectory(prefix="dimona-machines-") as name, ExitStack() as leftovers:
        folder = Path(name)
        folder.chmod(0o755)
        release = Release(folder, options.commit)
        machines = Machines(folder, release, leftovers, resends_posts=options.resend_posts)
        machines.follow("second")
        today = datetime.now(ZoneInfo("Europe/Brussels")).date()
        office = Office(machines.nginx.port, options.clerks, today, options.pause)
        leftovers.callback(office.close)
        timeline, head = run(machines, office, options)
        table(timeline, office)
        found = faults(office, machines.leader, release, head)
        print(f"{len(office.filed)} receipts, {len(found)} faults", *found, sep="\n")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
