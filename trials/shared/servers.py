"""Databases: an SQLite file; PostgreSQL servers that replicate, and PgBouncer in front of the primary."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from tests.support import postgres
from tests.support.postgres import USER, owned_folder
from tests.support.serving.service import free_port

# As durable as in production: fsync and full_page_writes stay on.
SERVER_OPTIONS = {"listen_addresses": "", "shared_buffers": "64MB", "max_connections": "40"}
DATABASE = "postgres"
PGBOUNCER_MISSING = "PgBouncer is missing: install it (Debian: apt-get install pgbouncer)."
PGBOUNCER = """[databases]
dimona = host={server} port=5432 dbname={database}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
admin_users = {user}
pool_mode = transaction
default_pool_size = 12
max_client_conn = 200
server_login_retry = 1
server_connect_timeout = 2
query_wait_timeout = 30
logfile = {folder}/log
"""


def kill_group(leader: subprocess.Popen[Any] | None) -> None:
    """Kill a process and all processes that it started, if it runs."""
    if leader and leader.poll() is None:
        os.killpg(leader.pid, signal.SIGKILL)
        leader.wait()


def end(process: subprocess.Popen[Any] | None, number: int = signal.SIGTERM) -> None:
    """Stop a process in order, if it runs."""
    if process and process.poll() is None:
        process.send_signal(number)
        process.wait(timeout=60)


class Sqlite:
    """A database file."""

    def __init__(self, path: Path) -> None:
        self.path, self.url = path, f"sqlite:///{path}"

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows that a statement returns."""
        with closing(sqlite3.connect(self.path, timeout=60)) as connection:
            return list(connection.execute(statement))


class Server:
    """A PostgreSQL server with its own folder for files, socket and log."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = owned_folder(folder / name), name
        self.data = self.folder / "data"
        self.process: subprocess.Popen[Any] | None = None

    @property
    def url(self) -> str:
        """The URL of the server, bypassing PgBouncer."""
        return f"postgres://{USER}@/{self.folder}/{DATABASE}"

    def initialise(self, *options: str) -> None:
        """Create an empty cluster without authentication on its socket, with those options of initdb."""
        postgres.initialise(self.folder, *options)

    def configure(self, lines: str) -> None:
        """Add settings, which take effect at the next start."""
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(lines)

    def copy(self, leader: Server) -> None:
        """Become a standby of the primary, under this server's name."""
        source = f"host={leader.folder} user={USER} application_name={self.name}"
        options = ("-d", source, "-D", self.data, "-R", "-X", "stream", "-c", "fast")
        postgres.run_as_postgres(postgres.binaries() / "pg_basebackup", *options)

    def start(self) -> None:
        """Start, and return once it responds."""
        self.process = postgres.start_server(self.folder, SERVER_OPTIONS)
        postgres.wait_until_ready(self.folder, self.process)

    def kill(self) -> None:
        """Kill all processes, as in a power failure."""
        kill_group(self.process)

    def stop(self) -> None:
        """Stop in order, if it runs."""
        end(self.process, signal.SIGINT)

    def wait_for_standby(self, standby: str) -> None:
        """From now on, acknowledge commits only when that standby has written them to disk."""
        self.rows(f"ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 ({standby})'")
        self.rows("SELECT pg_reload_conf()")
        deadline = time.monotonic() + 30
        while not self.rows("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"):
            if time.monotonic() > deadline:
                sys.exit("The standby does not follow:\n" + (self.folder / "log").read_text())
            time.sleep(0.1)

    def stop_following(self) -> None:
        """Stop replicating from the primary."""
        self.rows("ALTER SYSTEM SET primary_conninfo = ''")
        self.rows("SELECT pg_reload_conf()")

    def promote(self) -> None:
        """Become the primary, without waiting for a standby, since there is none yet."""
        self.rows("SELECT pg_promote()")
        self.rows("ALTER SYSTEM RESET synchronous_standby_names")
        self.rows("SELECT pg_reload_conf()")

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows that a statement returns, run outside a transaction."""
        with psycopg.connect(host=str(self.folder), user=USER, dbname=DATABASE, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


class Pooler:
    """PgBouncer with transaction pooling: the single address that the application knows."""

    def __init__(self, folder: Path, leader: Server) -> None:
        self.folder, self.port = owned_folder(folder / "pgbouncer"), free_port()
        (self.folder / "users").write_text(f'"{USER}" ""\n')
        self._write(leader)
        try:
            self.process = subprocess.Popen(
                ["pgbouncer", "-q", self.folder / "ini"],
                cwd=self.folder,
                stderr=subprocess.DEVNULL,
                **postgres.unprivileged(),
            )
        except FileNotFoundError:
            sys.exit(PGBOUNCER_MISSING)

    @property
    def url(self) -> str:
        """DATABASE_URL of every application process; server-side cursors are off, as they end with a transaction."""
        return f"postgres://{USER}@127.0.0.1:{self.port}/dimona?DISABLE_SERVER_SIDE_CURSORS=True"

    def route_to(self, leader: Server) -> None:
        """Route everybody to that server from now on."""
        self._write(leader)
        self.command("RELOAD")

    def command(self, command: str) -> None:
        """Run a command on the administration console and wait until it is done."""
        address = {"host": "127.0.0.1", "port": self.port, "user": USER, "dbname": "pgbouncer"}
        with psycopg.connect(**address, autocommit=True) as console:
            console.execute(command.encode())

    def stop(self) -> None:
        """Stop at once."""
        end(self.process)

    def _write(self, leader: Server) -> None:
        text = PGBOUNCER.format(server=leader.folder, user=USER, database=DATABASE, port=self.port, folder=self.folder)
        (self.folder / "ini").write_text(text)
