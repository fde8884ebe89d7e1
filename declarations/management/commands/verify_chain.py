"""`manage.py verify_chain`: checks the chain of seals and reports each break."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from declarations.models import RowKind, Seal
from declarations.records import seals
from declarations.records.batches import batches

Rows = Mapping[tuple[str, int], seals.SealedRow | None]
HEAD = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})", re.ASCII)
READ_AT_ONCE = 500


class RemovedRows:
    """The rows that tombstones list as removed, by kind."""

    def __init__(self) -> None:
        self._rows: dict[str, set[int]] = defaultdict(set)
        self._last = 0
        self._read_on()

    def contains(self, row_kind: str, key: int) -> bool:
        """Whether a tombstone read so far lists this row."""
        return key in self._rows[row_kind]

    def explains(self, row_kind: str, key: int) -> bool:
        """Whether a tombstone lists this row, including tombstones written since the check began."""
        if not self.contains(row_kind, key):
            self._read_on()
        return self.contains(row_kind, key)

    def _read_on(self) -> None:
        for tombstone in seals.intact_tombstones(self._last):
            self._last = tombstone.pk
            for row_kind, key, _number in tombstone.removed_rows:
                self._rows[row_kind].add(key)


class Command(BaseCommand):
    """verify_chain; only reads, and may run while declarations are filed, sealed and removed."""

    help = "Holds every seal against its row and the seal before it; names each break in order; exit 1 on one."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--head`, a head of the chain stored elsewhere."""
        parser.add_argument(
            "--head", metavar="POSITION:MAC", help="A head that seal_declarations printed: the chain must reach it."
        )

    def handle(self, *args: Any, head: str | None, verbosity: int, **options: Any) -> None:
        """Print a line per break and per unsealed row, then the totals. Exits with 1 if there is a break."""
        self.expected_head = self._parse_head(head) if head else None
        self.removed_rows = RemovedRows()
        self.read = self.unsealed = found = 0
        for broken in self.breaks():
            found += 1
            self.stdout.write(f"{'First break' if found == 1 else 'Then'}: {broken}.")
        if verbosity:
            self.stdout.write(f"{self.read} seals, {found} breaks, {self.unsealed} rows not sealed yet.")
        if found:
            sys.exit(1)

    def _parse_head(self, head: str) -> tuple[int, str]:
        read = HEAD.fullmatch(head.strip())
        if not read:
            raise CommandError("Write --head as seal_declarations prints it: the position, a colon and 64 digits.")
        return int(read[1]), read[2]

    def breaks(self) -> Iterator[str]:
        """Every break in a row, but only the first in the chain itself, since nothing after it can be trusted."""
        previous = ""
        for batch in batches(Seal.objects.all(), "position", READ_AT_ONCE):
            rows = self._rows_of(batch)
            for seal in batch:
                if broken := self._broken_link(seal, previous):
                    yield f"seal {seal.position}: {broken}"
                    return
                self.read, previous = seal.position, seal.chain_mac
                if broken := self._broken_row(seal, rows) and self._broken_row(seal, self._rows_of([seal])):
                    yield f"seal {seal.position}: {broken}"
        if self.expected_head and self.expected_head[0] > self.read:
            yield f"the chain ends at {self.read}, before the head that was kept, {self.expected_head[0]}"
        yield from self._unsealed()

    def _rows_of(self, batch: list[Seal]) -> Rows:
        keys: dict[str, list[int]] = defaultdict(list)
        for seal in batch:
            keys[seal.row_kind].append(seal.row_key)
        known = [row_kind for row_kind in keys if row_kind in RowKind.values]
        return {
            (row_kind, key): row
            for row_kind in known
            for key, row in seals.read_rows(RowKind(row_kind), keys[row_kind]).items()
        }

    def _broken_link(self, seal: Seal, previous: str) -> str:
        if seal.position != self.read + 1:
            return f"those from {self.read + 1} to {seal.position - 1} were removed"
        if seal.chain_mac != seals.chain_mac(previous, seal):
            return "it or the one before it was changed, removed, inserted or moved"
        if self.expected_head and self.expected_head[0] == seal.position and self.expected_head[1] != seal.chain_mac:
            return "it is not the head that was kept"
        return ""

    def _broken_row(self, seal: Seal, rows: Rows) -> str:
        row_kind, key = seal.row_kind, seal.row_key
        if (row_kind, key) not in rows:
            return "" if self.removed_rows.explains(row_kind, key) else f"{seals.name_of(row_kind, key)} was removed"
        row = rows[row_kind, key]
        name = seals.name_of(row_kind, key, row)
        if row is None:
            return f"{name} was changed: it cannot be read"
        if not seals.is_as_sealed(row, seal):
            return f"{name} was changed"
        return (
            f"{name} stands, and a tombstone says it was removed" if self.removed_rows.contains(row_kind, key) else ""
        )

    def _unsealed(self) -> Iterator[str]:
        for row_kind in RowKind:
            for keys in seals.unsealed_keys(row_kind):
                for key, row in seals.read_rows(row_kind, keys).items():
                    if reason := seals.unfit_reason(row):
                        yield f"{seals.name_of(row_kind, key, row)} {reason}"
                    else:
                        self.unsealed += 1
                        self.stdout.write(f"Not sealed yet: {seals.name_of(row_kind, key, row)}")
