"""The lines of the files, in a database of its own: on disk beyond a few megabytes, private, gone when it is closed.

SQLite names it nowhere, so that nothing is left of it even when the process is killed; `SQLITE_TMPDIR` chooses the
folder. Numbers of enterprises are whole numbers here.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .numbers import NUMBERS
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
    """What the CBE says. `address` has its parts in Dutch and in French (cbe.ADDRESS); None when none is told.

    A registered office with a `struck_off_on` (ISO day) is no address any more.
    """

    number: str
    line: int
    is_open: bool
    struck_off_on: str | None = None
    address: dict[str, str] | None = None
    names: list[Denomination] = field(default_factory=list)


@dataclass(frozen=True)
class Record:
    """What the office's records say: the values of the columns that are told, as `Employer` holds them."""

    line: int
    facts: dict[str, Any]


# An employer of the files: known to the CBE, to the records, or to both.
Entry = tuple[Enterprise | None, Record | None]


class Staging:
    """The staged lines; `close` it."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)
        settings = ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{MEMORY_KIB}", "locking_mode=EXCLUSIVE")
        for setting in settings:
            self._connection.execute(f"PRAGMA {setting}")
        self._connection.executescript(TABLES)
        self._connection.execute("BEGIN")

    def close(self) -> None:
        """Forget everything."""
        self._connection.close()

    def add_enterprise(self, number: int, line: int, is_open: bool) -> None:
        """Raises RejectedLine for a number that a line above has."""
        self._add_once("enterprise", number, line, (is_open,))

    def add_address(self, number: int, line: int, struck_off_on: str | None, parts: dict[str, str]) -> None:
        """Raises RejectedLine for a second registered office."""
        self._add_once("address", number, line, (struck_off_on, json.dumps(parts)))

    def add_denomination(self, number: int, found: Denomination) -> None:
        """The first one of a kind and a language counts. Raises RejectedLine for a second social name."""
        values = (number, found.kind, found.language, found.name)
        is_new = self._connection.execute("INSERT OR IGNORE INTO denomination VALUES (?, ?, ?, ?)", values).rowcount
        if found.kind == SOCIAL_NAME and not is_new:
            raise RejectedLine("a social name in this language stands above")

    def add_record(self, line: int, facts: dict[str, Any]) -> None:
        """Raises RejectedLine when a line above has one of the numbers."""
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
        """How many enterprises, and how many records."""
        return self._value("SELECT COUNT(*) FROM enterprise"), self._value("SELECT COUNT(*) FROM record")

    def batches(self, size: int) -> Iterator[list[Entry]]:
        """Every employer of the files, those of the CBE first, in the order of their numbers."""
        last = -1
        while found := self._connection.execute(JOINED, (last, size)).fetchall():
            names = self._names(found[0][0], found[-1][0])
            yield [_entry(row, names.get(row[0], [])) for row in found]
            last = found[-1][0]
        last = -1
        while found := self._connection.execute(RECORDS_ALONE, (last, size)).fetchall():
            yield [(None, Record(line, json.loads(facts))) for line, facts in found]
            last = found[-1][0]

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
        """Employers, by their key in the repertory, whose number the CBE does not have."""
        self._connection.executemany("INSERT INTO absent VALUES (?)", [(key,) for key in keys])

    def absent(self, size: int) -> Iterator[list[int]]:
        """Those employers, in batches."""
        last = 0
        query = "SELECT pk FROM absent WHERE pk > ? ORDER BY pk LIMIT ?"
        while found := self._connection.execute(query, (last, size)).fetchall():
            yield [key for (key,) in found]
            last = found[-1][0]


def _entry(row: tuple[Any, ...], names: list[Denomination]) -> Entry:
    number, line, is_open, struck_off_on, parts, record_line, facts = row
    address = json.loads(parts) if parts else None
    enterprise = Enterprise(f"{number:010d}", line, bool(is_open), struck_off_on, address, names)
    return enterprise, Record(record_line, json.loads(facts)) if record_line else None
