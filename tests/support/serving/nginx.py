"""nginx with the configuration of deploy/, on ports of its own, for the deployment tests and the benchmark.

Only folders, ports, certificate and gunicorn's address are changed. Each change must find the text that it replaces.
"""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.support.serving.service import free_port

from .installation import DEPLOY, HOST


class Connection(http.client.HTTPSConnection):
    """A connection to nginx on this machine, for the host that it serves, from an address of this machine."""

    source_address: tuple[str, int]

    def connect(self) -> None:
        """Open the connection."""
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout, self.source_address)
        # As browsers and http.client do, so that a body does not wait for the acknowledgement of its headers.
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = unverified_context().wrap_socket(plain, server_hostname=self.host)


@cache
def unverified_context() -> ssl.SSLContext:
    """A TLS context that accepts the test's own certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def nginx_path() -> str | None:
    """The path of nginx, or None; Debian installs it where only root's PATH looks."""
    return shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")


@dataclass(frozen=True)
class Nginx:
    """An nginx in front of the gunicorn on that socket, with the files of that installation.

    Its private folder has `nginx/`, `tls/` and `log/`. Its ports are reachable from this machine only.
    """

    folder: Path
    installation: Path
    socket: Path
    https: int = field(default_factory=free_port)
    http: int = field(default_factory=free_port)

    def connect(self, address: str = "127.0.0.1") -> Connection:
        """A connection to it from that address of this machine."""
        return Connection(HOST, self.https, timeout=60, source_address=(address, 0))

    @property
    def logs(self) -> Path:
        """The folder of its logs."""
        return self.folder / "log"

    @contextmanager
    def running(self, before: Sequence[str] = ()) -> Iterator[subprocess.Popen[bytes]]:
        """The master process, started through the command `before`, and stopped at the end."""
        self.logs.mkdir(exist_ok=True)
        _certify(self.folder / "tls")
        self.configure()
        command = [
            *before,
            nginx_path() or "nginx",
            "-c",
            str(self.folder / "nginx" / "nginx.conf"),
            "-g",
            "daemon off;",
        ]
        with (self.logs / "nginx.log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            self._wait(process)
            yield process
        finally:
            process.terminate()
            process.wait(timeout=60)

    def configure(self) -> None:
        """Write its configuration as deployed, with its own paths."""
        source, target = DEPLOY / "nginx", self.folder / "nginx"
        target.mkdir()
        # The workers must be able to read the private folder.
        user = "user root;" if os.geteuid() == 0 else ""
        listens = {f"    listen [::]:{port}": f"    #listen [::]:{port}" for port in (80, 443)}
        ports = {
            "    listen 80": f"    listen 127.0.0.1:{self.http}",
            "    listen 443": f"    listen 127.0.0.1:{self.https}",
        }
        places = {"/etc/nginx/dimona-": f"{target}/dimona-", "/opt/dimona/": f"{self.installation}/"}
        written = {"/etc/dimona/tls/": f"{self.folder}/tls/", "/var/log/nginx/": f"{self.logs}/"}
        _write(source / "dimona.conf", target / "conf.d" / "dimona.conf", listens | ports | places | written)
        _write(source / "proxy.conf", target / "dimona-proxy.conf", {})
        _write(source / "pages.conf", target / "dimona-pages.conf", {"/opt/dimona/": f"{self.installation}/"})
        _write(source / "upstream.conf", target / "dimona-upstream.conf", {"/run/dimona/web.sock": str(self.socket)})
        _write(
            source / "nginx.conf", target / "nginx.conf",
            {"user www-data;": user, "/run/nginx.pid": f"{target}/pid", "/etc/nginx/conf.d/": f"{target}/conf.d/"},
        )  # fmt: skip
        # What nginx may not write where it is not root.
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        paths = "".join(f"{kind}_temp_path {target}/{kind};\n" for kind in kinds)
        (target / "conf.d" / "places.conf").write_text(paths)

    def _wait(self, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
        """Return once it accepts connections; exit with its output if it ends or accepts none in that time."""
        deadline = time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < deadline:
            try:
                with closing(self.connect()) as connection:
                    connection.connect()
                return
            except OSError:
                time.sleep(0.02)
        raise AssertionError((self.logs / "nginx.log").read_text())


def _write(source: Path, target: Path, changes: dict[str, str]) -> None:
    text = source.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text, f"{source.name} has no {old}"
        text = text.replace(old, new)
    target.parent.mkdir(exist_ok=True)
    target.write_text(text, encoding="utf-8")


def _certify(folder: Path) -> None:
    """Write a self-signed certificate."""
    folder.mkdir()
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    (folder / "fullchain.pem").write_bytes(builder.sign(key, SHA256()).public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "privkey.pem").write_bytes(private)
