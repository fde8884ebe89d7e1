"""A temporary SQLite database of the lines of the files: private, on disk beyond a few megabytes, gone when closed.

SQLite gives its file no name, so nothing is left behind even if the process is killed. `SQLITE_TMPDIR` chooses the
folder. Enterprise numbers are integers here.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..numbers.employer import NUMBERS
from .reporting import RejectedLine

MEMORY_KIB = 32 * 1024
SOCIAL_NAME = 1
TABLES = """
CREATE TABLE enterprise (number INTEGER PRIMARY KEY, line INTEGER, is_open INTEGER);
CREATE TABLE denomination (number INTEGER, kind INTEGER, language INTEGER, name TEXT,
    PRIMARY KEY (number, kind, language)) WITHOUT ROWID;
CREATE TABLE address (number INTEGER PRIMARY KEY, line INTEGER, struck_off_on TEXT, parts TEXT);
CREATE TABLE record (line INTEGER PRIMARY KEY, enterprise_number INTEGER UNIQUE, nsso_number TEXT UNIQUE,
    provisional_nsso_number TEXT UNIQUE, facts TEXT);
CREATE TABLE absent (pk INTEGER PRIMARY KEY);
"""
JOINED = """
SELECT enterprise.number, enterprise.line, is_open, struck_off_on, parts, record.line, facts
FROM enterprise LEFT JOIN address USING (number) LEFT JOIN record ON record.enterprise_number = enterprise.number
WHERE enterprise.number > ? ORDER BY enterprise.number LIMIT ?
"""
RECORDS_ALONE = """
SELECT record.line, facts FROM record WHERE record.line > ?
AND NOT EXISTS (SELECT 1 FROM enterprise WHERE number = record.enterprise_number) ORDER BY record.line LIMIT ?
"""


@dataclass(frozen=True)
class Denomination:
    """A name: `kind` 1 social, 2 commercial, 3 abbreviation; `language` as the CBE codes it, 0 when unknown."""

    kind: int
    language: int
    name: str


@dataclass(frozen=True)
class Enterprise:
    """An enterprise in the CBE's data.

    `address` has its parts in Dutch and in French (cbe.ADDRESS); it is None if the CBE gives none. A registered office
    with `struck_off_on` (ISO day) is no longer an address from that day on.
    """

    number: str
    line: int
    is_open: bool
    struck_off_on: str | None = None
    address: dict[str, str] | None = None
    names: list[Denomination] = field(default_factory=list)


@dataclass(frozen=True)
class Record:
    """A line of the office's records: the values of its columns, in the types of `Employer`."""

    line: int
    facts: dict[str, Any]


# An employer of the files: in the CBE's data, in the records, or in both.
Entry = tuple[Enterprise | None, Record | None]


class Staging:
    """The staged lines. The caller must call `close`."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)
        settings = ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{MEMORY_KIB}", "locking_mode=EXCLUSIVE")
        for setting in settings:
            self._connection.execute(f"PRAGMA {setting}")
        self._connection.executescript(TABLES)
        self._connection.execute("BEGIN")

    def close(self) -> None:
        """Delete all lines."""
        self._connection.close()

    def add_enterprise(self, number: int, line: int, is_open: bool) -> None:
        """Add an enterprise. Raises RejectedLine if a line above has the same number."""
        self._add_once("enterprise", number, line, (is_open,))

    def add_address(self, number: int, line: int, struck_off_on: str | None, parts: dict[str, str]) -> None:
        """Add a registered office. Raises RejectedLine for a second one of the same enterprise."""
        self._add_once("address", number, line, (struck_off_on, json.dumps(parts)))

    def add_denomination(self, number: int, added: Denomination) -> None:
        """Add a name; the first one of a kind and a language counts. Raises RejectedLine for a second social name."""
        values = (number, added.kind, added.language, added.name)
        is_new = self._connection.execute("INSERT OR IGNORE INTO denomination VALUES (?, ?, ?, ?)", values).rowcount
        if added.kind == SOCIAL_NAME and not is_new:
            raise RejectedLine("a social name in this language stands above")

    def add_record(self, line: int, facts: dict[str, Any]) -> None:
        """Add a record. Raises RejectedLine if a line above has one of its numbers."""
        enterprise, *others = (facts.get(name) for name in NUMBERS)
        values = (line, int(enterprise) if enterprise else None, *others, json.dumps(facts, default=str))
        try:
            self._connection.execute("INSERT INTO record VALUES (?, ?, ?, ?, ?)", values)
        except sqlite3.IntegrityError as error:
            column = str(error).rpartition(".")[2]
            first = self._value(f"SELECT line FROM record WHERE {column} = ?", facts[column])  # noqa: S608
            raise RejectedLine(f"the {column} is on line {first} already") from None

    def _add_once(self, table: str, number: int, line: int, values: tuple[Any, ...]) -> None:
        marks = ", ".join("?" for _ in (number, line, *values))
        insert = f"INSERT OR IGNORE INTO {table} VALUES ({marks})"  # noqa: S608 - the tables above
        if not self._connection.execute(insert, (number, line, *values)).rowcount:
            first = self._value(f"SELECT line FROM {table} WHERE number = ?", number)  # noqa: S608
            raise RejectedLine(f"the number is on line {first} already")

    def _value(self, query: str, *parameters: Any) -> Any:
        return self._connection.execute(query, parameters).fetchone()[0]

    def counts(self) -> tuple[int, int]:
        """The number of enterprises and the number of records."""
        return self._value("SELECT COUNT(*) FROM enterprise"), self._value("SELECT COUNT(*) FROM record")

    def batches(self, size: int) -> Iterator[list[Entry]]:
        """Every employer of the files: those of the CBE by number, then the others by line."""
        last = -1
        while rows := self._connection.execute(JOINED, (last, size)).fetchall():
            names = self._names(rows[0][0], rows[-1][0])
            yield [_entry(row, names.get(row[0], [])) for row in rows]
            last = rows[-1][0]
        last = -1
        while rows := self._connection.execute(RECORDS_ALONE, (last, size)).fetchall():
            yield [(None, Record(line, json.loads(facts))) for line, facts in rows]
            last = rows[-1][0]

    def _names(self, first: int, last: int) -> dict[int, list[Denomination]]:
        query = "SELECT number, kind, language, name FROM denomination WHERE number BETWEEN ? AND ?"
        names: dict[int, list[Denomination]] = {}
        for number, *values in self._connection.execute(query, (first, last)):
            names.setdefault(number, []).append(Denomination(*values))
        return names

    def has_enterprise(self, number: str) -> bool:
        """Whether the CBE knows the number, open or struck off."""
        return bool(self._value("SELECT EXISTS (SELECT 1 FROM enterprise WHERE number = ?)", int(number)))

    def add_absent(self, keys: list[int]) -> None:
        """Store the primary keys of the employers whose number the CBE does not have."""
        self._connection.executemany("INSERT INTO absent VALUES (?)", [(key,) for key in keys])

    def absent(self, size: int) -> Iterator[list[int]]:
        """The primary keys of the absent employers, in batches."""
        last = 0
        query = "SELECT pk FROM absent WHERE pk > ? ORDER BY pk LIMIT ?"
        while rows := self._connection.execute(query, (last, size)).fetchall():
            yield [key for (key,) in rows]
            last = rows[-1][0]


def _entry(row: tuple[Any, ...], names: list[Denomination]) -> Entry:
    number, line, is_open, struck_off_on, parts, record_line, facts = row
    address = json.loads(parts) if parts else None
    enterprise = Enterprise(f"{number:010d}", line, bool(is_open), struck_off_on, address, names)
    return enterprise, Record(record_line, json.loads(facts)) if record_line else None
