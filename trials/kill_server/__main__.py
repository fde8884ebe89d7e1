"""Kills the whole service at random moments while clerks file, and looks for what is lost or doubled:

    python -m trials.kill_server [--kills 200] [--clerks 4] [--seed N]

gunicorn serves with the configuration and the settings of a deployment. Clerks file whole Dimona INs over HTTP, and
press the same button again after an error. All processes of the service are killed with SIGKILL, every other time
while a Confirm is on its way, and started again. A database of its own is made and removed: SQLite, or with
DATABASE_URL on that PostgreSQL server (`python tests/support/postgres.py python -m trials.kill_server` starts one).

Prints what was cut off, then each fault; exit 1 when there is one. A fault is a receipt without its declaration, a
declaration without a receipt or without its notification, a draft or a number twice, a draft that leads to another
receipt when it is confirmed again, an error page, and whatever `check_ledger` and `verify_chain` name.
"""

from __future__ import annotations

import random
import signal
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

from django.core.management import call_command

from tests.support.own_database import own_database, set_up
from tests.support.postgres import exit_on_signal


def arguments() -> Namespace:
    """The options: number of kills, clerks, and the random seed."""
    parser = ArgumentParser(prog="python -m trials.kill_server")
    parser.add_argument("--kills", type=int, default=200, help="how often it is killed (200)")
    parser.add_argument("--clerks", type=int, default=4, help="how many file at once (4)")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32), help="the same moments once more")
    return parser.parse_args()


def main() -> None:
    """Run the trial on a new database."""
    options = arguments()
    signal.signal(signal.SIGTERM, exit_on_signal)
    set_up()
    from .trial import run

    call_command("compile_translations", verbosity=0)
    with tempfile.TemporaryDirectory(prefix="dimona-killed-") as folder, own_database() as (_name, vendor):
        print(f"{vendor}, seed {options.seed}", flush=True)
        began = time.monotonic()
        faults, figures = run(Path(folder), options.kills, options.clerks, options.seed)
        print(*figures, f"{time.monotonic() - began:.0f} seconds", sep="\n")
    print("\n".join(faults) or "None lost, none doubled.")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
