"""The service as deployed, which can be killed and restarted on the same port."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from tests.support.own_database import url_of_this_database
from tests.support.serving.service import ROOT

from ..shared.application import Application

WORKERS = 2


class Killed(Application):
    """gunicorn with a deployment's configuration and settings, two workers, on this process's database."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "service.log", url_of_this_database())

    def serve(self) -> None:
        """Start again, and return once the service responds."""
        self._serve(ROOT, ["--config", "deploy/gunicorn.conf.py"], self._of_this_process())

    def _of_this_process(self) -> dict[str, str]:
        """The keys with which this process decrypts the filed data."""
        return {
            "DJANGO_SETTINGS_MODULE": "trials.kill_server.settings",
            "WEB_CONCURRENCY": str(WORKERS),
            "SECRET_KEY": settings.SECRET_KEY,
            "HASH_KEY": settings.HASH_KEY,
            "ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS),
        }
