"""The service as it is deployed, which can be killed and served again at the same address."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from tests.support.own_database import url_of_this_database
from tests.support.serving.service import ROOT

from ..shared.application import Application

WORKERS = 2


class Killed(Application):
    """gunicorn with the configuration and the settings of a deployment, two workers, on this process's database."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "service.log", url_of_this_database())

    def serve(self) -> None:
        """Begin once more, and return once it answers."""
        self._serve(ROOT, ["--config", "deploy/gunicorn.conf.py"], self._of_this_process())

    def _of_this_process(self) -> dict[str, str]:
        """The keys under which this process reads what was filed."""
        return {
            "DJANGO_SETTINGS_MODULE": "trials.kill_server.settings",
            "WEB_CONCURRENCY": str(WORKERS),
            "SECRET_KEY": settings.SECRET_KEY,
            "HASH_KEY": settings.HASH_KEY,
            "ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS),
        }
