"""`manage.py rotate_keys`: brings everything encrypted under the first key of ENCRYPTION_KEYS."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.timezone import localtime

from declarations.encryption import key_ids
from declarations.records import key_rotation

# A line of progress after so many values.
PROGRESS_EVERY = 10_000


class Command(BaseCommand):
    """rotate_keys; filing goes on, and it may be stopped at any moment, run again, and run several times at once."""

    help = (
        "Encrypts what stands under an older key of ENCRYPTION_KEYS anew under the first, and tells how many values "
        "then stand under which; exit 1 unless all stand under the first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """One switch."""
        parser.add_argument("--dry-run", action="store_true", help="Only tell how many values stand under which key.")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        """A line for each table and each value that cannot be read, then one for each key."""
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
        told, progress = 0, key_rotation.Progress(0, set())
        for progress in key_rotation.encrypt_table(table):
            if progress.written - told >= PROGRESS_EVERY:
                told = progress.written
                self.stdout.write(f"{table}: {told} values encrypted anew so far.")
                self.stdout.flush()
        self.stdout.write(f"{table}: {progress.written} values encrypted anew.")
        for key, name in sorted(progress.unreadable):
            self.stdout.write(f"{table}, row {key}: {name} cannot be read with the keys listed.")

    def _report_key(
        self, key: str, count: int, sessions: key_rotation.SessionCount | None, *, is_listed: bool
    ) -> None:
        """What stands under a key that is not the first."""
        told = f"Key {key}{'' if is_listed else ', not listed'}: values {count}"
        if sessions:
            told += f", sessions {sessions.count} until {localtime(sessions.until):%Y-%m-%d %H:%M}"
        is_free = is_listed and not count and not sessions
        note = "; it may be removed a day after the last process that has it first was stopped" if is_free else ""
        self.stdout.write(f"{told}{note}.")
