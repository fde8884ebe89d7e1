"""The service as deployed: production settings, collected files, gunicorn with its threads and processes."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .http_browser import HOST

ROOT = Path(__file__).resolve().parents[3]
TICKS = os.sysconf("SC_CLK_TCK")
PRODUCT = "dimona_site.wsgi:application"
# The commands that a deployment runs before it serves, and the demo data.
FILLED_BY = ("migrate", "load_referentials", "load_demo_data", "load_demo_workers")
# All requests come from one machine and each journey has a preview: with limits the benchmark would measure refusals.
WITHOUT_LIMITS = (
    "LOOKUP_MISSES_PER_CLIENT", "LOOKUP_MISSES_PER_EMPLOYER", "PREVIEWS_PER_CLIENT",
    "PREVIEWS_PER_WORKER_AND_CLIENT", "PREVIEWS_PER_WORKER", "FILINGS_PER_CLIENT",
)  # fmt: skip


def environment(url: str) -> dict[str, str]:
    """The environment of a deployment behind one proxy, with only PATH taken from ours."""
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": url,
        "SECRET_KEY": "only-for-the-benchmark-" + "s" * 40,
        "HASH_KEY": "only-for-the-benchmark-" + "h" * 40,
        "ENCRYPTION_KEYS": "YmVuY2htYXJrLW9ubHkta2V5LW5ldmVyLWRlcGxveSE=",
        "ALLOWED_HOSTS": HOST,
        "BEHIND_PROXY": "true",
        **dict.fromkeys(WITHOUT_LIMITS, "999999999/day"),
    }


@dataclass(frozen=True)
class Memory:
    """Kilobytes: the memory of a process, and its proportional share of shared memory."""

    resident: int
    proportional: int


class Service:
    """A running gunicorn, or an nginx: its port and the resources that its processes use."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port

    def cpu(self) -> float:
        """The CPU seconds of the master and its workers, including those that ended."""
        return sum(_ticks(each, is_parent=each == self.process.pid) for each in self.processes()) / TICKS

    def processes(self) -> list[int]:
        """The master and the workers."""
        return [self.process.pid, *self.workers()]

    def workers(self) -> list[int]:
        """The worker processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(each) for each in children.split()]

    def memory(self) -> Memory:
        """The memory of the first worker."""
        lines = Path(f"/proc/{self.workers()[0]}/smaps_rollup").read_text().splitlines()
        held = {name: int(size.split()[0]) for name, _, size in (line.partition(":") for line in lines[1:])}
        return Memory(held["Rss"], held["Pss"])


def _ticks(process: int, *, is_parent: bool) -> int:
    """utime and stime; for the parent, also those of its ended children."""
    columns = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(int(each) for each in columns[11 : 15 if is_parent else 13])


@contextmanager
def running(
    url: str,
    *,
    workers: int = 1,
    threads: int = 2,
    cores: set[int] | None = None,
    application: str = PRODUCT,
    more: Mapping[str, str] | None = None,
    socket_path: Path | None = None,
) -> Iterator[Service]:
    """gunicorn as deployed, with that database, on those cores (default: all). Stopped at the end.

    It listens on a port, and also on nginx's socket if one is named.
    """
    port = free_port()
    options = ["--config", "deploy/gunicorn.conf.py", "--workers", str(workers), "--threads", str(threads)]
    if socket_path:
        options += ["--bind", f"unix:{socket_path}"]
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *options]
    if cores:
        command = ["taskset", "--cpu-list", ",".join(map(str, sorted(cores))), *command]
    environ = environment(url) | dict(more or {})
    log = ["--log-level", "warning", application]
    # The request log is discarded; gunicorn's own warnings go to the terminal.
    process = subprocess.Popen([*command, *log], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL)
    try:
        service = Service(process, port)
        wait_for(service)
        yield service
    finally:
        process.terminate()
        process.wait(timeout=60)


def free_port() -> int:
    """A free port."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(service: Service, seconds: float = 30) -> None:
    """Return once the service responds; exit if it ended, fails, or is silent for that time."""
    deadline = time.monotonic() + seconds
    while service.process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=seconds)
        try:
            connection.request("GET", "/", headers={"Host": HOST, "X-Forwarded-Proto": "https"})
            if (status := connection.getresponse().status) >= 500:
                sys.exit(f"The service answers {status}: see above.")
            return
        except ConnectionError:
            time.sleep(0.005)
        finally:
            connection.close()
    sys.exit("The service did not start: see above.")
