"""The site as it is deployed: the real gunicorn, and the real nginx with the real configuration (nginx.py)."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.message import Message
from functools import cached_property
from pathlib import Path

from tests.support.serving.http_browser import Browser

from ..support.serving.installation import HOST, example, install
from ..support.serving.nginx import Connection, Nginx

# In one process: each start of Django costs a second.
FILLED_BY = "from django.core.management import call_command as run\n" + "\n".join(
    f"run('{command}', verbosity=0)" for command in ("migrate", "load_referentials", "load_demo_data")
)
# As systemd hands a socket over, which outlives the process: descriptor 3, and two variables.
ACTIVATED = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""
# One miss of a period's number by a client, so that the second tells who is taken for the same client.
LIMITS = {"LOOKUP_MISSES_PER_CLIENT": "1/day"}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Message
    body: bytes


@dataclass
class Site:
    """A running site: the folder with everything of it, nginx, gunicorn's socket and process."""

    folder: Path
    listener: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_UNIX))
    process: subprocess.Popen[bytes] | None = None

    @cached_property
    def nginx(self) -> Nginx:
        """What stands before it."""
        return Nginx(self.folder, self.folder, self.socket_path)

    @property
    def https(self) -> int:
        """The port that is encrypted."""
        return self.nginx.https

    @property
    def socket_path(self) -> Path:
        """Where nginx finds gunicorn."""
        return self.folder / "web.sock"

    @property
    def logs(self) -> Path:
        """The folder of what nginx and gunicorn write."""
        return self.nginx.logs

    def environment(self) -> dict[str, str]:
        """That of the example, with SQLite."""
        database = f"sqlite:///{self.folder}/db.sqlite3"
        return {"PATH": os.environ["PATH"], **example(), **LIMITS, "DATABASE_URL": database, "WEB_CONCURRENCY": "2"}

    def stop(self) -> None:
        """End gunicorn as systemd does; what comes meanwhile waits in the socket."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            assert self.process.wait(timeout=60) == 0

    def start(self, *options: str) -> None:
        """Start it as dimona-web.service does, on the socket that is there already."""
        command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", *options]
        number = self.listener.fileno()
        with (self.logs / "gunicorn.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", ACTIVATED, str(number), *command],
                cwd=self.folder, env=self.environment(), pass_fds=(number,), stdout=log, stderr=log,
            )  # fmt: skip

    def connect(self, address: str = "127.0.0.1") -> Connection:
        """A connection to nginx from that address of this machine."""
        return self.nginx.connect(address)

    def ask(
        self, method: str, path: str, address: str = "127.0.0.1", body: bytes | None = None, **more: str
    ) -> Answer:
        """The answer to one request with those headers, from that address of this machine."""
        with closing(self.connect(address)) as connection:
            return request_on(connection, method, path, body, **more)

    def get(self, path: str, address: str = "127.0.0.1", **more: str) -> Answer:
        """The answer to a GET."""
        return self.ask("GET", path, address, **more)


def request_on(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None, **more: str
) -> Answer:
    """The answer to one request on a connection that is kept."""
    headers = {name.replace("_", "-"): value for name, value in more.items()}
    connection.request(method, path, body, {"Host": HOST, **headers})
    answer = connection.getresponse()
    return Answer(answer.status, answer.headers, answer.read())


class Clerk(Browser):
    """Somebody who files through nginx, from that address of this machine, and lies about it in X-Forwarded-For."""

    def __init__(self, site: Site, address: str = "127.0.0.1", said_address: str = "192.0.2.1") -> None:
        super().__init__(site.https, address=said_address)
        self.connection = site.connect(address)


@contextmanager
def running() -> Iterator[Site]:
    """Everything installed, filled and started; all of it gone at the end."""
    # Not pytest's folder: the path of a socket may have a hundred characters.
    site = Site(Path(tempfile.mkdtemp(prefix="dimona-")))
    try:
        _prepare(site)
        with site.listener:
            site.listener.bind(str(site.socket_path))
            site.listener.listen(2048)
            site.start()
            try:
                with site.nginx.running():
                    _wait(site)
                    yield site
            finally:
                site.stop()
    finally:
        shutil.rmtree(site.folder)


def _prepare(site: Site) -> None:
    install(site.folder, with_packages=False)
    site.logs.mkdir()
    command = [sys.executable, "manage.py", "shell", "--command", FILLED_BY]
    subprocess.run(command, cwd=site.folder, env=site.environment(), check=True, capture_output=True)


def _wait(site: Site) -> None:
    """Return once the site is ready; stop with what it wrote when it is not within half a minute."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if site.get("/readyz").status == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("\n".join(path.read_text() for path in site.logs.glob("*.log")))
