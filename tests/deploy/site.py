"""The site as it is deployed: the real gunicorn and the real nginx with the real configuration, on ports of its own.

Changed are the folders, the ports and the certificate, and nothing else: each change must find what it replaces.
"""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from benchmarks.browser import Browser
from benchmarks.service import free_port

from .installation import DEPLOY, HOST, example, install

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


class Connection(http.client.HTTPSConnection):
    """To nginx on this machine, asking for the host that it serves, from an address of this machine."""

    source_address: tuple[str, int]

    def connect(self) -> None:
        """Open it."""
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout, self.source_address)
        self.sock = trusting().wrap_socket(plain, server_hostname=self.host)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Message
    body: bytes


@dataclass
class Site:
    """A running site: the folder with everything of it, the ports of nginx, gunicorn's socket and process."""

    folder: Path
    https: int = field(default_factory=free_port)
    http: int = field(default_factory=free_port)
    listener: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_UNIX))
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket_path(self) -> Path:
        """Where nginx finds gunicorn."""
        return self.folder / "web.sock"

    @property
    def logs(self) -> Path:
        """The folder of what nginx and gunicorn write."""
        return self.folder / "log"

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
        return Connection(HOST, self.https, timeout=60, source_address=(address, 0))

    def ask(
        self, method: str, path: str, address: str = "127.0.0.1", body: bytes | None = None, **more: str
    ) -> Answer:
        """The answer to one request with those headers, from that address of this machine."""
        with closing(self.connect(address)) as connection:
            return asked(connection, method, path, body, **more)

    def get(self, path: str, address: str = "127.0.0.1", **more: str) -> Answer:
        """The answer to a GET."""
        return self.ask("GET", path, address, **more)


def asked(
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


@cache
def trusting() -> ssl.SSLContext:
    """Believes the certificate, which is of the test's own."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


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
            nginx = _nginx(site)
            try:
                _wait(site)
                yield site
            finally:
                nginx.terminate()
                nginx.wait(timeout=60)
                site.stop()
    finally:
        shutil.rmtree(site.folder)


def _prepare(site: Site) -> None:
    install(site.folder, with_packages=False)
    site.logs.mkdir()
    command = [sys.executable, "manage.py", "shell", "--command", FILLED_BY]
    subprocess.run(command, cwd=site.folder, env=site.environment(), check=True, capture_output=True)
    _certify(site.folder / "tls")
    _configure(site)


def _configure(site: Site) -> None:
    """nginx's files as they are deployed, with the places of the test."""
    source, target = DEPLOY / "nginx", site.folder / "nginx"
    target.mkdir()
    # The folder is nobody else's.
    user = "user root;" if os.geteuid() == 0 else ""
    listens = {f"    listen [::]:{port}": f"    #listen [::]:{port}" for port in (80, 443)}
    ports = {
        "    listen 80": f"    listen 127.0.0.1:{site.http}",
        "    listen 443": f"    listen 127.0.0.1:{site.https}",
    }
    places = {"/etc/nginx/dimona-": f"{target}/dimona-", "/opt/dimona/": f"{site.folder}/"}
    _write(
        source / "dimona.conf", target / "conf.d" / "dimona.conf",
        listens | ports | places | {"/etc/dimona/tls/": f"{site.folder}/tls/", "/var/log/nginx/": f"{site.logs}/"},
    )  # fmt: skip
    _write(source / "proxy.conf", target / "dimona-proxy.conf", {})
    _write(source / "pages.conf", target / "dimona-pages.conf", {"/opt/dimona/": f"{site.folder}/"})
    _write(source / "upstream.conf", target / "dimona-upstream.conf", {"/run/dimona/web.sock": str(site.socket_path)})
    _write(
        source / "nginx.conf", target / "nginx.conf",
        {"user www-data;": user, "/run/nginx.pid": f"{target}/pid", "/etc/nginx/conf.d/": f"{target}/conf.d/"},
    )  # fmt: skip
    # What nginx may not write where it is not root.
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    (target / "conf.d" / "places.conf").write_text("".join(f"{kind}_temp_path {target}/{kind};\n" for kind in kinds))


def _write(source: Path, target: Path, changes: dict[str, str]) -> None:
    text = source.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text, f"{source.name} has no {old}"
        text = text.replace(old, new)
    target.parent.mkdir(exist_ok=True)
    target.write_text(text, encoding="utf-8")


def _certify(folder: Path) -> None:
    """A certificate that signs itself."""
    folder.mkdir()
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    (folder / "fullchain.pem").write_bytes(builder.sign(key, SHA256()).public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "privkey.pem").write_bytes(private)


def _nginx(site: Site) -> subprocess.Popen[bytes]:
    command = ["nginx", "-c", str(site.folder / "nginx" / "nginx.conf"), "-g", "daemon off;"]
    with (site.logs / "nginx.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


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
