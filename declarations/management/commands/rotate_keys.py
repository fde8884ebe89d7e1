"""`manage.py rotate_keys`: re-encrypts all stored texts with the first key of ENCRYPTION_KEYS."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.timezone import localtime

from declarations.encryption import key_ids
from declarations.records import key_rotation

# Values between two lines of progress.
PROGRESS_EVERY = 10_000


class Command(BaseCommand):
    """rotate_keys; may run while declarations are filed, be stopped, repeated, and run several times at once."""

    help = (
        "Encrypts what stands under an older key of ENCRYPTION_KEYS anew under the first, and tells how many values "
        "then stand under which; exit 1 unless all stand under the first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--dry-run`."""
        parser.add_argument("--dry-run", action="store_true", help="Only tell how many values stand under which key.")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        """Print a line per table and per unreadable value, then one per key. Exits with 1 if older keys are in use."""
        tables = key_rotation.tables()
        for table in [] if dry_run else tables:
            self._encrypt(table)
        counts_by_key = sum((table.counts_by_key() for table in tables), Counter())
        first, *others = key_ids()
        self.stdout.write(f"Key {first}, the first: values {counts_by_key.pop(first, 0)}.")
        sessions = {each.key: each for each in key_rotation.sessions_under_older_keys(timezone.now())}
        for key in dict.fromkeys([*others, *counts_by_key, *sessions]):
            self._report_key(key, counts_by_key[key], sessions.get(key), is_listed=key in others)
        if counts_by_key.total():
            sys.exit(1)

    def _encrypt(self, table: key_rotation.Table) -> None:
        reported, progress = 0, key_rotation.Progress(0, set())
        for progress in key_rotation.encrypt_table(table):
            if progress.written - reported >= PROGRESS_EVERY:
                reported = progress.written
                self.stdout.write(f"{table}: {reported} values encrypted anew so far.")
                self.stdout.flush()
        self.stdout.write(f"{table}: {progress.written} values encrypted anew.")
        for key, name in sorted(progress.unreadable):
            self.stdout.write(f"{table}, row {key}: {name} cannot be read with the keys listed.")

    def _report_key(
        self, key: str, count: int, sessions: key_rotation.SessionCount | None, *, is_listed: bool
    ) -> None:
        """Print the number of values and sessions under a key other than the first."""
        line = f"Key {key}{'' if is_listed else ', not listed'}: values {count}"
        if sessions:
            line += f", sessions {sessions.count} until {localtime(sessions.until):%Y-%m-%d %H:%M}"
        is_free = is_listed and not count and not sessions
        note = "; it may be removed a day after the last process that has it first was stopped" if is_free else ""
        self.stdout.write(f"{line}{note}.")
