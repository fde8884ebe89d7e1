"""Run a command with DATABASE_URL set to a real PostgreSQL: `python tests/support/postgres.py COMMAND ...`.

TEST_DATABASE_URL may name a server; its user must be allowed to create databases. Otherwise a private cluster is
created in a temporary folder with the installed binaries, and always removed at the end.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

MISSING = (
    "PostgreSQL 15 or later is missing: install it (Debian: apt-get install postgresql) or name a server in "
    "TEST_DATABASE_URL."
)
USER = "dimona"
# A test database need not be durable, so it does not wait for the disk.
SERVER_OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "listen_addresses": ""}


def binaries() -> Path:
    """The folder with initdb and postgres, the newest version on Debian."""
    versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    if versions:
        return max(versions, key=lambda path: int(path.parent.name))
    found = shutil.which("initdb")
    if not found:
        sys.exit(MISSING)
    return Path(found).resolve().parent


def unprivileged() -> dict[str, Any]:
    """Options to start a process as another user if this one is root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return {}
    names = {user.pw_name for user in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def owned_folder(folder: Path) -> Path:
    """The folder, created if needed, owned by the user that runs the servers."""
    folder.mkdir(exist_ok=True)
    if identity := unprivileged():
        os.chown(folder, identity["user"], identity["group"])
    return folder


def run_as_postgres(*command: str | Path) -> None:
    """Run a command as the user that runs the servers, so that it owns the files written."""
    subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, **unprivileged())


def initialise(folder: Path, *options: str) -> None:
    """Create an empty cluster in `data` under the folder, without authentication."""
    identify = ("-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-D", folder / "data")
    run_as_postgres(binaries() / "initdb", *identify, *options)


def start_server(folder: Path, settings: Mapping[str, str]) -> subprocess.Popen[Any]:
    """Start a server of that cluster, with socket and log in the folder; then call `wait_until_ready`."""
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [binaries() / "postgres", "-D", folder / "data", "-k", folder, *options]
    with (folder / "log").open("w") as log:
        return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True, **unprivileged())


def wait_until_ready(folder: Path, server: subprocess.Popen[Any]) -> None:
    """Return once the server responds; exit with its log if it dies or is silent for 30 seconds."""
    deadline = time.monotonic() + 30
    command = [binaries() / "pg_isready", "-q", "-h", folder]
    while server.poll() is None and time.monotonic() < deadline:
        if subprocess.run(command, check=False).returncode == 0:
            return
        time.sleep(0.1)
    server.kill()
    sys.exit("PostgreSQL did not start:\n" + (folder / "log").read_text())


@contextmanager
def private_cluster(settings: Mapping[str, str] = SERVER_OPTIONS) -> Iterator[str]:
    """A private cluster reached by a socket in its folder, without port or password. Yields its URL."""
    folder = Path(tempfile.mkdtemp(prefix="dimona-postgres-"))
    try:
        initialise(owned_folder(folder), "-N")
        server = start_server(folder, settings)
        try:
            wait_until_ready(folder, server)
            yield f"postgres://{USER}@/{folder}/postgres"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=30)
    finally:
        shutil.rmtree(folder)


def exit_on_signal(number: int, frame: FrameType | None) -> None:
    """Exit through the `finally` clauses, so that the server is stopped too."""
    sys.exit(128 + number)


def run(command: list[str], url: str) -> int:
    """Run the command and return its exit code."""
    return subprocess.run(command, check=False, env=os.environ | {"DATABASE_URL": url}).returncode


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, exit_on_signal)
    named = os.environ.get("TEST_DATABASE_URL", "").strip()
    if named:
        sys.exit(run(sys.argv[1:], named))
    with private_cluster() as url:
        sys.exit(run(sys.argv[1:], url))
