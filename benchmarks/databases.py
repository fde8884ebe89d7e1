"""Databases for the benchmarks: each run gets a fresh copy of a database that is filled once.

SQLite is a file in the benchmark's folder. PostgreSQL is the private cluster of the tests, but as durable as in
production: it waits for the disk at every commit.
"""

# ruff: noqa: S603 - the commands are written here

from __future__ import annotations

import secrets
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.support import postgres
from tests.support.serving.service import FILLED_BY, ROOT, environment

DURABLE = {"listen_addresses": "", "log_destination": "stderr", "log_line_prefix": "", "shared_buffers": "512MB"}


class Database:
    """A kind of database; `fresh` returns the URL of a copy of the filled one."""

    vendor = ""

    def __init__(self) -> None:
        self._filled: dict[str, str] = {}

    def fresh(self, settings: str = "dimona_site.settings") -> str:
        """The URL of a new, filled database for a project with those settings."""
        if settings not in self._filled:
            url = self.create(secrets.token_hex(4))
            fill(url, settings)
            self._filled[settings] = url
        return self.copy(self._filled[settings], secrets.token_hex(4))

    def create(self, name: str) -> str:
        """The URL of a new, empty database."""
        raise NotImplementedError

    def copy(self, url: str, name: str) -> str:
        """The URL of a copy of the database at `url`, which must have no connections."""
        raise NotImplementedError

    def drop(self, url: str) -> None:
        """Delete the database."""
        raise NotImplementedError

    def column(self, url: str, query: str) -> list[Any]:
        """The first column of a query's rows."""
        raise NotImplementedError

    def version(self) -> str:
        """Name and version of the database."""
        raise NotImplementedError


class Sqlite(Database):
    """Files in a folder."""

    vendor = "SQLite"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def create(self, name: str) -> str:
        """The URL of a file that does not exist yet."""
        return f"sqlite:///{self.folder / name}.sqlite3"

    def copy(self, url: str, name: str) -> str:
        """A copy of the file."""
        copied = self.create(name)
        shutil.copyfile(path_of(url), path_of(copied))
        return copied

    def drop(self, url: str) -> None:
        """Remove the file."""
        path_of(url).unlink()

    def column(self, url: str, query: str) -> list[Any]:
        """The first column of a query's rows."""
        with closing(sqlite3.connect(path_of(url))) as connection:
            return [row[0] for row in connection.execute(query)]

    def version(self) -> str:
        """The version of Python's SQLite library."""
        return f"SQLite {sqlite3.sqlite_version}"


def path_of(url: str) -> Path:
    """The file of an SQLite URL."""
    return Path(url.removeprefix("sqlite:///"))


class Postgres(Database):
    """Databases in one cluster."""

    vendor = "PostgreSQL"

    def __init__(self, url: str) -> None:
        super().__init__()
        self.base = url.rpartition("/")[0]

    def create(self, name: str) -> str:
        """An empty database."""
        self.run(f"CREATE DATABASE d{name}")
        return f"{self.base}/d{name}"

    def copy(self, url: str, name: str) -> str:
        """A database created with the other as its template."""
        self.run(f"CREATE DATABASE d{name} TEMPLATE {url.rpartition('/')[2]}")
        return f"{self.base}/d{name}"

    def drop(self, url: str) -> None:
        """Drop the database, closing its connections."""
        self.run(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def version(self) -> str:
        """The version that the server reports."""
        return self.run("SHOW server_version", "PostgreSQL ")

    def column(self, url: str, query: str) -> list[Any]:
        """The first column of a query's rows."""
        with psycopg.connect(self._address(url.rpartition("/")[2])) as connection:
            return [row[0] for row in connection.execute(query)]

    def _address(self, name: str) -> str:
        return f"host={self.folder} user=dimona dbname={name}"

    def run(self, statement: str, prefix: str = "") -> str:
        """Run a statement outside a transaction and return its first value, after the prefix."""
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            cursor = connection.execute(statement)
            row = cursor.fetchone() if cursor.description else None
        return f"{prefix}{row[0]}" if row else ""

    @property
    def folder(self) -> str:
        """The folder with the cluster's socket and log."""
        return "/" + self.base.partition("@")[2].strip("/")


def fill(url: str, settings: str) -> None:
    """Migrate, and load the tables and demo data."""
    for command in FILLED_BY:
        options = ["--run-syncdb"] if command == "migrate" else []
        manage(url, command, *options, "--verbosity", "0", settings=settings)


def manage(url: str, *command: str, settings: str = "dimona_site.settings") -> str:
    """Run a management command on that database and return its output."""
    environ = environment(url) | {"DJANGO_SETTINGS_MODULE": settings}
    done = subprocess.run(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=environ, check=False, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return done.stdout


@contextmanager
def open_databases(names: Mapping[str, bool], folder: Path) -> Iterator[list[Database]]:
    """The databases selected by name."""
    found: list[Database] = [Sqlite(folder)] if names["sqlite"] else []
    if not names["postgresql"]:
        yield found
        return
    with postgres.private_cluster(DURABLE) as url:
        yield [*found, Postgres(url)]
