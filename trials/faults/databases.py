"""Databases on small disks of their own, and the faults that they can have."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg

from tests.support.postgres import USER, owned_folder

from ..shared import servers
from ..shared.servers import DATABASE, Server
from .proxy import Proxy

MEGABYTES = {"SQLite": 12, "PostgreSQL": 160}
MOUNT_MISSING = "A small disk takes the rights to mount one: run it as root."
# Small WAL files of one megabyte, so that a new one is soon needed; durability as in production.
POSTGRESQL_CONF = "max_wal_size = 4MB\nmin_wal_size = 2MB\n"


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of that size in memory."""
    disk = owned_folder(folder / "disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", disk], check=False)
    if mounted.returncode:
        sys.exit(MOUNT_MISSING)
    try:
        yield owned_folder(disk)
    finally:
        subprocess.run(["umount", disk], check=True)


def fill(disk: Path, seconds: float) -> None:
    """Fill the disk completely for so many seconds, including space freed meanwhile; then release it."""
    filler, until = disk / "filler", time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(OSError), filler.open("ab", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
        time.sleep(0.05)
    filler.unlink()


class Sqlite(servers.Sqlite):
    """A database file owned by the service's user, who runs this program."""

    vendor = "SQLite"

    def __init__(self, disk: Path) -> None:
        super().__init__(disk / "database.sqlite3")
        self.disk = disk

    def lock(self, seconds: float) -> None:
        """Lock out everybody, readers included, for so many seconds."""
        with closing(sqlite3.connect(self.path, timeout=60, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)
            connection.execute("ROLLBACK")

    def mend(self) -> None:
        """Do nothing: SQLite works again once there is space."""

    def stop(self) -> None:
        """Do nothing: no process runs."""


class Postgres(Server):
    """A server reached through a proxy."""

    vendor = "PostgreSQL"

    def __init__(self, disk: Path) -> None:
        super().__init__(disk, "server")
        self.disk = disk
        self.initialise("--wal-segsize=1")
        self.configure(POSTGRESQL_CONF)
        self.start()
        self.proxy = Proxy(str(self.folder))

    @property
    def url(self) -> str:
        """The URL through the proxy, as the service uses it."""
        return f"postgres://{USER}@127.0.0.1:{self.proxy.port}/{DATABASE}"

    def restart(self, *, is_fast: bool) -> None:
        """Restart fast, or immediately with crash recovery."""
        assert self.process
        self.process.send_signal(signal.SIGINT if is_fast else signal.SIGQUIT)
        self.process.wait(timeout=60)
        self.start()

    def lock(self, seconds: float) -> None:
        """Lock out everybody, readers included, from the filed rows for so many seconds."""
        with psycopg.connect(host=str(self.folder), user=USER, dbname=DATABASE) as connection:
            connection.execute("LOCK TABLE declarations_declaration IN ACCESS EXCLUSIVE MODE")
            time.sleep(seconds)
            connection.rollback()

    def mend(self) -> None:
        """Restart the server if it stopped: it does so when its WAL has no space."""
        assert self.process
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                print("PostgreSQL had stopped itself, for want of room")
                return self.start()
            with suppress(psycopg.OperationalError):
                self.rows("CHECKPOINT")
                return None
            time.sleep(0.2)
        sys.exit("PostgreSQL does not come back:\n" + (self.folder / "log").read_text())

    def stop(self) -> None:
        """Stop the server and the proxy in order."""
        self.proxy.stop()
        super().stop()
