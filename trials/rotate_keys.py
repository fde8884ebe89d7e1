"""Rotates the keys of encryption while declarations are filed: `python -m trials.rotate_keys [--kills 30]`.

Processes file through the pages, Dimona IN and OUT, all the while. Meanwhile `rotate_keys` runs, two at a time, now
with the one key first and now with the other, so that there is always something to encrypt anew; each is killed with
SIGKILL at a random moment. At the end one runs undisturbed, and the old key is taken away: every receipt that was
shown must have its declaration, readable, with the SSIN that was typed; and `check_ledger`, `seal_declarations` and
`verify_chain` must find nothing. A database of its own is made and removed: SQLite, or with DATABASE_URL on that
PostgreSQL server (`python tests/support/postgres.py python -m trials.rotate_keys`).
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from cryptography.fernet import Fernet
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import setup_test_environment
from django.utils.timezone import localdate

from tests.support.own_database import own_database, set_up, url_of_this_database
from tests.support.serving.journey import ssin

FILERS = 2
# The number of declarations before the first kill.
FIRST = 60
# The number of workers reserved for each filer.
RANKS = 100_000


class Trial:
    """A database on which some processes file and others rotate the keys."""

    def __init__(self, url: str, folder: Path, keys: Sequence[str], seed: int) -> None:
        self.url, self.folder, self.keys, self.random = url, folder, list(keys), random.Random(seed)
        self.filers: list[subprocess.Popen[bytes]] = []

    def start(self, keys: Sequence[str], *command: str) -> subprocess.Popen[bytes]:
        """A process on this database, with those keys."""
        environment = os.environ | {"DEBUG": "true", "DATABASE_URL": self.url, "ENCRYPTION_KEYS": ",".join(keys)}
        return subprocess.Popen([sys.executable, *command], env=environment, stdout=subprocess.DEVNULL)

    def file(self, seconds: float) -> None:
        """Let a process file until there are enough declarations, for at most so many seconds."""
        for each in range(FILERS):
            command = ("-m", "trials.rotate_keys", "--file", str(self.folder / f"filed-{each}"), "--filer", str(each))
            self.filers.append(self.start(self.keys, *command))
        end = time.monotonic() + seconds
        while len(self.receipts()) < FIRST and time.monotonic() < end and not any(each.poll() for each in self.filers):
            time.sleep(0.2)

    def receipts(self) -> list[tuple[str, str]]:
        """The displayed receipts of Dimona INs, each with the typed SSIN."""
        lines = [line.split() for path in self.folder.glob("filed-*") for line in path.read_text().splitlines()]
        return [(token, "".join(typed)) for token, *typed in lines]

    def kill(self) -> int:
        """Run two rotations, with the same or different first keys, and kill them; returns how many were running."""
        running = []
        for _each in range(2):
            keys = self.random.sample(self.keys, len(self.keys))
            running.append(self.start(keys, "manage.py", "rotate_keys"))
        for process in running:
            time.sleep(self.random.uniform(0.5, 4))
            process.kill()
        return sum(process.wait() < 0 for process in running)

    def finish(self) -> list[str]:
        """Stop filing, rotate without a kill, remove the old key; returns what is wrong."""
        (self.folder / "stop").touch()
        found = [f"a filer ended with {code}" for each in self.filers if (code := each.wait(timeout=60))]
        if code := self.start(self.keys, "manage.py", "rotate_keys").wait():
            found.append(f"rotate_keys ended with {code}")
        for command in ("seal_declarations", "verify_chain", "check_ledger"):
            if code := self.start(self.keys[:1], "manage.py", command).wait():
                found.append(f"{command} ended with {code}")
        return found


def find_faults(receipts: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The receipts whose declaration is missing or differs, and unexpected declarations."""
    from declarations.models import Declaration

    rows = {row.receipt_token: row for row in Declaration.objects.select_related("worker")}
    for token, typed in receipts:
        if token not in rows:
            yield f"{token}: lost"
        elif rows[token].answers["values"].get("ssin", "") != typed or not rows[token].worker.ssin.startswith(typed):
            yield f"{token}: not as it was typed"
    if len(rows) != len({token for token, _typed in receipts}):
        yield f"{len(rows)} declarations, {len(receipts)} receipts"


# -- the filers ------------------------------------------------------------------------------------------------


def file_until_stopped(path: Path, filer: int) -> None:
    """File a Dimona IN for a new worker and an OUT on it, repeatedly, until a file `stop` exists beside `path`."""
    from tests.support.builders import answers_for, submit_pages
    from tests.support.periods import OUT, period_answers

    today = f"{localdate():%d/%m/%Y}"
    with path.open("a", buffering=1) as written:
        for position in count():
            client = Client(REMOTE_ADDR=f"10.{filer}.{position // 250}.{position % 250}")
            typed = ssin(filer * RANKS + position)
            opened = submit_pages(client, answers_for("XXX", "OTH", ssin=typed, start_date=today))
            written.write(f"{opened.receipt_token} {typed}\n")
            closed = submit_pages(client, period_answers(opened.period, OUT, end_date=today))
            written.write(f"{closed.receipt_token}\n")
            if (path.parent / "stop").exists():
                return


# -- the command -----------------------------------------------------------------------------------------------


def arguments() -> argparse.Namespace:
    """The options: number of kills, or the path and rank of a filing process."""
    parser = argparse.ArgumentParser(prog="python -m trials.rotate_keys")
    parser.add_argument("--kills", type=int, default=30, help="how many commands are killed at work (30)")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--filer", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def run_trial(kills: int, seed: int, keys: Sequence[str]) -> tuple[list[str], str]:
    """Kill `kills` commands; returns what is wrong at the end, and the figures."""
    with own_database(), tempfile.TemporaryDirectory() as folder:
        trial, killed, begun = Trial(url_of_this_database(), Path(folder), keys, seed), 0, time.monotonic()
        try:
            trial.file(seconds=120)
            while killed < kills:
                killed += trial.kill()
            found = trial.finish()
        finally:
            for each in trial.filers:
                each.kill()
        settings.ENCRYPTION_KEYS = list(keys[:1])
        receipts = trial.receipts()
        found += find_faults(receipts)
    return found, f"{killed} kills, {len(receipts)} receipts, {time.monotonic() - begun:.0f} seconds"


def main() -> None:
    """File, or rotate while others file; exit with 1 if something is wrong."""
    options = arguments()
    keys = [Fernet.generate_key().decode() for _key in range(2)]
    if not options.file:
        os.environ["ENCRYPTION_KEYS"] = ",".join(keys)
    set_up()
    setup_test_environment()
    if options.file:
        file_until_stopped(options.file, options.filer)
        return
    found, figures = run_trial(options.kills, options.seed, keys)
    print(f"{connection.vendor}, seed {options.seed}: {figures}")
    print("\n".join(found) or "Nothing lost, everything read, no seal broken.")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
