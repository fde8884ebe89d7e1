"""nginx with the configuration of deploy/, on ports of its own: before the site of these tests, and in the benchmark.

Changed are the folders, the ports, the certificate and where gunicorn listens, and nothing else: each change must find
what it replaces.
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
    """To nginx on this machine, asking for the host that it serves, from an address of this machine."""

    source_address: tuple[str, int]

    def connect(self) -> None:
        """Open it."""
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout, self.source_address)
        # As browsers do, and Python where it opens one: a body does not wait until its headers are acknowledged.
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = unverified_context().wrap_socket(plain, server_hostname=self.host)


@cache
def unverified_context() -> ssl.SSLContext:
    """Believes the certificate, which is of the test's own."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def nginx_path() -> str | None:
    """The way to nginx, none where it is not installed; Debian has it where only root looks."""
    return shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")


@dataclass(frozen=True)
class Nginx:
    """An nginx before the gunicorn on that socket, with the files of that installation.

    In its folder, which is nobody else's, it has `nginx/`, `tls/` and `log/`; its ports are of this machine alone.
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
        """The folder of what it writes."""
        return self.folder / "log"

    @contextmanager
    def running(self, before: Sequence[str] = ()) -> Iterator[subprocess.Popen[bytes]]:
        """The master's process, started by the command that stands before it; it is stopped at the end."""
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
        """Its files as they are deployed, with places of its own."""
        source, target = DEPLOY / "nginx", self.folder / "nginx"
        target.mkdir()
        # The folder is nobody else's.
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
        """Return once it takes connections; stop with what it wrote when it ended, or takes none for so long."""
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
    """A certificate that signs itself."""
    folder.mkdir()
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    (folder / "fullchain.pem").write_bytes(builder.sign(key, SHA256()).public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "privkey.pem").write_bytes(private)
