"""What befalls a server's folder."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests import postgres
from tests.machines.servers import Server


def remove_everything(server: Server) -> None:
    """All that the server had written, the log included."""
    shutil.rmtree(data_of(server))


def data_of(server: Server) -> Path:
    """The folder that PostgreSQL calls its own."""
    return server.folder / "data"


def as_postgres(*command: str | Path) -> None:
    """Run a command as whom the servers run as: what it writes is theirs."""
    subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, **postgres.unprivileged())
