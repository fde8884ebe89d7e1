"""Start of a trial that serves one commit while clerks file: its first output, and the servers' folder."""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.postgres import exit_on_signal
from tests.support.serving.machine import describe


def announce(module: str) -> None:
    """Print what runs and on which machine; from now on a stop cleans up everything."""
    signal.signal(signal.SIGTERM, exit_on_signal)
    print(f"python -m {module} {' '.join(sys.argv[1:])}\n{describe()}", flush=True)


@contextmanager
def work_folder(name: str) -> Iterator[Path]:
    """A folder that the servers can access, whatever user they run as; removed at the end."""
    with tempfile.TemporaryDirectory(prefix=f"dimona-{name}-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
