"""A release of the application, unpacked and served by its own processes, with nginx in front."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.postgres import owned_folder, unprivileged
from tests.support.serving.service import FILLED_BY, PRODUCT, ROOT, Service, environment, free_port, wait_for

from .servers import end, kill_group

# The seconds that nginx needs to apply a new configuration.
DRAINED_AFTER = 1.0
NGINX_MISSING = "nginx is missing: install it (Debian: apt-get install nginx-light)."
# As in deploy/nginx: a connection per request, and the next process if one is unreachable. `max_fails=0`: a process
# that was down is tried again at once.
NGINX = """daemon off;
pid {folder}/pid;
error_log {folder}/log;
worker_processes 1;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  upstream dimona {{
    {servers}
  }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://dimona;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto https;
      proxy_connect_timeout 2s;
      proxy_read_timeout 60s;
      proxy_next_upstream error timeout{resend};
      proxy_next_upstream_tries 2;
    }}
  }}
}}
"""


class Release:
    """The code of one commit in its own folder, with static files and messages as deployed."""

    def __init__(self, folder: Path, commit: str) -> None:
        self.commit = _git("rev-parse", "--short", commit).decode().strip()
        self.folder = folder / f"release-{self.commit}"
        if self.folder.exists():
            return
        with tarfile.open(fileobj=io.BytesIO(_git("archive", commit))) as archive:
            archive.extractall(self.folder, filter="data")
        for command in (["collectstatic", "--no-input"], ["compile_translations"]):
            self.manage("sqlite:///unused", *command, "--verbosity", "0")

    def manage(self, url: str, *command: str, **more: str) -> str:
        """Run a management command of this release and return its output; exit if it fails."""
        done = self.tried(url, *command, **more)
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def tried(self, url: str, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a management command of this release, which may fail."""
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=self.folder,
            env=environment(url) | more,
            check=False,
            capture_output=True,
            text=True,
        )

    def fill(self, url: str) -> None:
        """Migrate, and load the tables and demo data."""
        for command in FILLED_BY:
            self.manage(url, command, "--verbosity", "0")


def _git(*command: str) -> bytes:
    return subprocess.run(["git", *command], cwd=ROOT, check=True, capture_output=True).stdout


class Application:
    """A gunicorn with production settings on a fixed port."""

    def __init__(self, log: Path, url: str) -> None:
        self.port, self.url, self.log = free_port(), url, log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, release: Release) -> None:
        """Serve that release, and return once it responds."""
        options = ["--worker-class", "gthread", "--workers", "1", "--threads", "2", "--no-control-socket", PRODUCT]
        self._serve(release.folder, options, {})

    def _serve(self, folder: Path, options: Sequence[str], more: Mapping[str, str]) -> None:
        command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}", "--log-level", "warning"]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [*command, *options],
                cwd=folder,
                env={**environment(self.url), **more},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(Service(self.process, self.port))

    def kill(self) -> None:
        """Kill the master and its worker."""
        kill_group(self.process)

    def stop(self) -> None:
        """Stop in order, after finishing the current requests."""
        end(self.process)


class Nginx:
    """The single address for clients; it tries the next process if one is unreachable.

    With `resends_posts` it also resends a post that a process received and did not answer.
    """

    def __init__(self, folder: Path, applications: Sequence[Application], *, resends_posts: bool) -> None:
        self.folder, self.port = owned_folder(folder / "nginx"), free_port()
        self.resend = " non_idempotent" if resends_posts else ""
        self._write(applications)
        try:
            self.process = subprocess.Popen(
                ["nginx", "-p", self.folder, "-c", self.folder / "conf", "-e", self.folder / "log"],
                cwd=self.folder,
                **unprivileged(),
            )
        except FileNotFoundError:
            sys.exit(NGINX_MISSING)

    def route_to(self, applications: Sequence[Application]) -> None:
        """Route new requests to these applications; current requests are still finished."""
        self._write(applications)
        self.process.send_signal(signal.SIGHUP)
        time.sleep(DRAINED_AFTER)

    def stop(self) -> None:
        """Stop at once."""
        end(self.process)

    def _write(self, applications: Sequence[Application]) -> None:
        servers = "\n    ".join(f"server 127.0.0.1:{each.port} max_fails=0;" for each in applications)
        text = NGINX.format(folder=self.folder, servers=servers, port=self.port, resend=self.resend)
        (self.folder / "conf").write_text(text)
