"""Dump of a whole database as bytes, and search for a text in every form in which it could appear unencrypted."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import sqlite3
import subprocess
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from urllib.parse import quote, quote_plus

from django.db import connection

from referentials.folding import fold

from . import postgres

# The reference tables, which no declaration writes: on SQLite they are searched only once, in the file.
PUBLISHED = 'INSERT INTO "referentials_'
Form = Callable[[str], bytes]


def dump() -> bytes:
    """All committed contents of the database; on SQLite its file and its SQL dump."""
    parameters = connection.get_connection_params()
    if connection.vendor == "sqlite":
        path = Path(parameters["database"])
        other = sqlite3.connect(path)
        try:
            statements = "\n".join(each for each in other.iterdump() if not each.startswith(PUBLISHED))
        finally:
            other.close()
        # A write-ahead log, if any, contains data that is not yet in the file.
        files = [path, *path.parent.glob(f"{path.name}-*")]
        return b"\n".join([*(each.read_bytes() for each in files), statements.encode()])
    tool = shutil.which("pg_dump") or str(postgres.binaries() / "pg_dump")
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    environment = os.environ | {names[name]: str(value) for name, value in parameters.items() if name in names}
    return subprocess.run([tool, "--inserts"], env=environment, capture_output=True, check=True).stdout


def base64_at(offset: int) -> Form:
    """The text inside a longer base-64 text, without the digits that it shares with its neighbours."""

    def write(text: str) -> bytes:
        data = b"\0" * offset + text.encode()
        whole = base64.b64encode(data + b"\0" * (-len(data) % 3))
        return whole[-(-offset * 4 // 3) : len(data) * 4 // 3]

    return write


FORMS: dict[str, Form] = {
    "plain": str.encode,
    "UTF-16": lambda text: text.encode("utf-16-le"),
    "Latin 1": lambda text: text.encode("latin-1", "ignore"),
    "decomposed": lambda text: unicodedata.normalize("NFD", text).encode(),
    "folded": lambda text: fold(text).encode(),
    "JSON": lambda text: json.dumps(text)[1:-1].encode(),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)[1:-1])[1:-1].encode(),
    "HTML": lambda text: escape(text).encode(),
    "percent": lambda text: quote(text).encode(),
    "form": lambda text: quote_plus(text).encode(),
    "hexadecimal": lambda text: text.encode().hex().encode(),
    "backwards": lambda text: text[::-1].encode(),
    **{f"base 64, {offset}": base64_at(offset) for offset in range(3)},
}


class Dump:
    """The contents of a dump, including decompressed parts."""

    def __init__(self, data: bytes) -> None:
        self.data = b"\n".join([data, *inflate(data)])
        self.lower = self.data.lower()

    def found(self, text: str) -> list[str]:
        """The forms in which a text occurs, ignoring case except in base 64."""
        return [name for name, form in FORMS.items() if self._holds(name, form, text)]

    def _holds(self, name: str, form: Form, text: str) -> bool:
        if name.startswith("base 64"):
            return any(form(each) in self.data for each in {text, text.upper(), text.casefold()})
        return any(form(each).lower() in self.lower for each in {text, text.upper(), text.casefold()})


def inflate(data: bytes) -> Iterator[bytes]:
    """The decompressed contents of compressed base-64 texts, as in Django's signed values."""
    for digits in set(re.findall(rb"[A-Za-z0-9_-]{40,}", data)):
        try:
            yield zlib.decompress(base64.urlsafe_b64decode(digits + b"=" * (-len(digits) % 4)))
        except (ValueError, zlib.error):
            continue


def rows_of_every_table() -> str:
    """Every cell of the database, as one text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found += [str(cell) for row in cursor.fetchall() for cell in row]
    return "\n".join(found)
