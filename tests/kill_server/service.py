"""The service as it is deployed, which can be killed and served again at the same address."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from benchmarks.service import ROOT, Service, environment, wait_for
from tests.machines.front import Application

WORKERS = 2


def url_of_this_database() -> str:
    """The DATABASE_URL with which another process finds the database of this one."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    usual = urlsplit(os.environ["DATABASE_URL"])
    return usual._replace(path=f"{usual.path.rpartition('/')[0]}/{name}").geturl()


class Killed(Application):
    """gunicorn with the configuration and the settings of a deployment, two workers, on this process's database."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "service.log", url_of_this_database())

    def serve(self) -> None:
        """Begin once more, and return once it answers."""
        configuration = ["--config", "deploy/gunicorn.conf.py", "--bind", f"127.0.0.1:{self.port}"]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", *configuration, "--log-level", "warning"],
                cwd=ROOT,
                env=environment(self.url) | self._of_this_process(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(Service(self.process, self.port))

    def _of_this_process(self) -> dict[str, str]:
        """The keys under which this process reads what was filed."""
        return {
            "DJANGO_SETTINGS_MODULE": "tests.kill_server.settings",
            "WEB_CONCURRENCY": str(WORKERS),
            "SECRET_KEY": settings.SECRET_KEY,
            "HASH_KEY": settings.HASH_KEY,
            "ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS),
        }
