"""Kills `send_notifications` at random moments and looks what is left: `python -m trials.kill_notifications`.

Two of them run at a time, each killed with SIGKILL: at any moment, or just as a file appears in the spool or a message
is accepted. Once both are dead their claims are taken as over. At the end one runs undisturbed, and every notification
must be handed over once: three files in the spool, their manifest never written again; by e-mail at most once, and
exactly once where the database says so. On PostgreSQL: `python tests/support/postgres.py python -m
trials.kill_notifications`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from tests.support.own_database import own_database, set_up, url_of_this_database

if __name__ == "__main__":
    set_up()

import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import setup_test_environment
from django.utils import timezone

from declarations.filing import submission
from declarations.models import Declaration, DeclarationRank, Notification, NotificationState
from declarations.models.filed import receipt_token
from referentials.employers import Channel
from referentials.models import Employer
from referentials.numbers import dimona
from tests.support.builders import CONSTRUCTION, MONDAY, ORDINARY, RESTAURANT, answers_for, submit_pages

BY_CHANNEL = {Channel.EBOX: ORDINARY, Channel.POST: RESTAURANT, Channel.EMAIL: CONSTRUCTION}
SPOOLED = (Channel.EBOX, Channel.POST)
# Queued notifications, enough that a command rarely finishes before it is killed.
WAITING = 60


class Mailbox(socketserver.ThreadingTCPServer):
    """An SMTP server that accepts everything and counts each Message-ID."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.accepted: Counter[str] = Counter()


class Conversation(socketserver.StreamRequestHandler):
    """An SMTP connection, as far as smtplib needs it."""

    server: Mailbox

    def handle(self) -> None:
        """Respond to each command until the client quits or disconnects."""
        try:
            self.say("220 here")
            while line := self.rfile.readline():
                verb = line[:4].upper()
                if verb == b"DATA":
                    self.accept_message()
                elif verb == b"QUIT":
                    return self.say("221 bye")
                else:
                    self.say("250 ok")
        except ConnectionError:
            return None

    def accept_message(self) -> None:
        """Accept a message, unless the client disconnects before its last line."""
        self.say("354 go on")
        lines = list(iter(self.rfile.readline, b".\r\n"))[:10_000]
        if lines[-1:] == [b""] or not lines:
            return
        self.server.accepted[next(line for line in lines if line.startswith(b"Message-ID:")).decode().split()[1]] += 1
        self.say("250 accepted")

    def say(self, line: str) -> None:
        """Send a line."""
        self.wfile.write(line.encode() + b"\r\n")


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A running mailbox."""
    with Mailbox() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


class Trial:
    """A queue for all channels, a spool, a mailbox, and commands to kill."""

    def __init__(self, spool: Path, mail: Mailbox, seed: int, waiting: int = WAITING) -> None:
        self.spool, self.mail, self.random, self.waiting = spool, mail, random.Random(seed), waiting
        self.manifests: dict[str, int] = {}
        self.rewritten: set[str] = set()
        self.patterns = [self.file(channel, number) for channel, number in BY_CHANNEL.items()]

    def file(self, channel: Channel, number: str) -> Declaration:
        """File a declaration of an employer with that channel."""
        Employer.objects.filter(enterprise_number=number).update(channel=channel, email="office@employer.example")
        moment = datetime.fromisoformat(MONDAY).replace(tzinfo=ZoneInfo("Europe/Brussels"))
        with time_machine.travel(moment, tick=False):
            return submit_pages(Client(), answers_for("XXX", "OTH", employer_number=number), "fr")

    def refill(self) -> None:
        """Queue further notifications, each for its own declaration."""
        now = timezone.now()
        for position in range(self.waiting - Notification.objects.due(now).count()):
            declaration = Declaration.objects.get(pk=self.patterns[position % len(self.patterns)].pk)
            declaration.pk, declaration._state.adding = None, True
            declaration.number = dimona.from_rank(submission.FIRST_RANK + DeclarationRank.objects.create().pk)
            declaration.draft, declaration.receipt_token = uuid4(), receipt_token()
            declaration.save()
            Notification.objects.queue(declaration, at=now)

    def kill(self, processes: int = 2) -> int:
        """Run that number of commands at once and kill them; returns how many were still running."""
        self.refill()
        running = [self.start() for _each in range(processes)]
        for process in self.random.sample(running, len(running)):
            self.wait_for_a_moment(process)
            process.kill()
        killed = sum(process.wait() < 0 for process in running)
        self.expire_claims()
        self.note_rewritten()
        return killed

    def start(self) -> subprocess.Popen[bytes]:
        """Start a command on the same database."""
        command = [sys.executable, "manage.py", "send_notifications", "--verbosity", "0"]
        return subprocess.Popen(command, cwd=settings.BASE_DIR, env=self.environment())

    def environment(self) -> dict[str, str]:
        """The environment with this trial's spool, mailbox and database."""
        host, port = self.mail.server_address[:2]
        return os.environ | {
            "DEBUG": "true",
            "DATABASE_URL": url_of_this_database(),
            "NOTIFICATION_SPOOL": str(self.spool),
            "EMAIL_HOST": str(host),
            "EMAIL_PORT": str(port),
            "EMAIL_USE_TLS": "false",
            "DEFAULT_FROM_EMAIL": "dimona@office.example",
        }

    def wait_for_a_moment(self, process: subprocess.Popen[bytes]) -> None:
        """Wait up to five seconds, or until a few milliseconds after a delivery."""
        if self.random.random() < 0.5:
            time.sleep(self.random.uniform(0, 5))
            return
        before, end = self.traces(), time.monotonic() + 10
        while self.traces() == before and time.monotonic() < end and process.poll() is None:
            time.sleep(0.0005)
        time.sleep(self.random.choice([0, self.random.uniform(0, 0.03)]))

    def traces(self) -> int:
        """The number of traces outside the database, including temporary files."""
        return sum(1 for _path in self.spool.glob("*/*")) + self.mail.accepted.total()

    def expire_claims(self) -> None:
        """Expire all claims, since no process is running."""
        claimed = Notification.objects.filter(state=NotificationState.QUEUED, claimed_until__isnull=False)
        claimed.update(next_attempt_at=timezone.now())

    def note_rewritten(self) -> None:
        """Record manifests that were written twice."""
        for path in self.spool.glob("*/*.json"):
            if path.name.startswith("."):
                continue
            written = path.stat().st_ino
            if self.manifests.setdefault(path.name, written) != written:
                self.rewritten.add(path.name)

    def finish(self) -> None:
        """Run one command without killing it."""
        assert self.start().wait() == 0
        self.note_rewritten()

    def wrong(self) -> list[str]:
        """What is wrong, one line each."""
        rows = list(Notification.objects.all())
        found = [f"{name}: written again" for name in sorted(self.rewritten)]
        for row in rows:
            found += self.wrong_in_the_spool(row) if row.channel in SPOOLED else self.wrong_by_mail(row)
        names = {f"{row.reference}{suffix}" for row in rows for suffix in (".pdf", ".html", ".json")}
        strangers = [str(path) for path in self.spool.glob("*/*") if path.name not in names]
        return [*found, *(f"{path}: left behind" for path in strangers)]

    def wrong_in_the_spool(self, row: Notification) -> Iterator[str]:
        """What is wrong, unless it is SENT with three complete files."""
        path = self.spool / row.channel / f"{row.reference}.json"
        if row.state != NotificationState.SENT:
            yield f"{row.reference}: {row.state}"
        if not path.exists():
            yield f"{row.reference}: lost"
            return
        for each in json.loads(path.read_text(encoding="utf-8"))["files"]:
            data = (path.parent / each["name"]).read_bytes()
            if hashlib.sha256(data).hexdigest() != each["sha256"]:
                yield f"{each['name']}: not what the manifest says"

    def wrong_by_mail(self, row: Notification) -> Iterator[str]:
        """What is wrong, unless it is SENT and accepted once, or UNSURE and accepted at most once."""
        allowed = {NotificationState.SENT: {1}, NotificationState.UNSURE: {0, 1}}.get(
            NotificationState(row.state), set()
        )
        count = self.mail.accepted[f"<{row.reference}@office.example>"]
        if count not in allowed:
            yield f"{row.reference}: {row.state}, accepted {count} times"

    def figures(self) -> str:
        """The number of notifications by state."""
        states = Counter(Notification.objects.values_list("channel", "state"))
        ended = ", ".join(f"{channel} {state} {count}" for (channel, state), count in sorted(states.items()))
        tries = Counter(Notification.objects.values_list("attempts", flat=True))
        unsure = Notification.objects.filter(state=NotificationState.UNSURE)
        arrived = sum(self.mail.accepted[f"<{row.reference}@office.example>"] for row in unsure)
        return f"{ended}; attempts {dict(sorted(tries.items()))}; of the unsure {arrived} had arrived"


def run(kills: int, spool: Path, seed: int, waiting: int = WAITING) -> tuple[list[str], str]:
    """Kill `kills` commands; returns what is wrong at the end, and the figures."""
    with mailbox() as mail:
        trial, killed = Trial(spool, mail, seed, waiting), 0
        while killed < kills:
            killed += trial.kill()
        trial.finish()
        return trial.wrong(), f"{killed} kills; {trial.figures()}"


def main() -> None:
    """Run the trial on a new database; exit with 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    setup_test_environment()
    with tempfile.TemporaryDirectory() as spool, own_database():
        wrong, figures = run(options.kills, Path(spool), options.seed)
    print(f"{connection.vendor}, seed {options.seed}: {figures}")
    print("\n".join(wrong) or "None lost, none doubled.")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
