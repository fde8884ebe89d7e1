"""The share of one process, with a database of its own."""

from __future__ import annotations

import logging
import traceback
from collections import Counter


def run_process(inputs: int, journeys: int, seed: int) -> tuple[Counter[str], str]:
    """What one process met with, and the traceback of what broke."""
    import django

    django.setup()
    from django.conf import settings

    from tests.support.own_database import own_database

    from . import running

    # As in tests.
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    # Every request would be told; what breaks is raised.
    logging.disable(logging.CRITICAL)
    with own_database():
        try:
            return running.run(inputs, journeys, seed=seed), ""
        except Exception:  # noqa: BLE001 - whatever broke is what this command is after
            return Counter(), traceback.format_exc()
