"""The work of one process, on a database of its own."""

from __future__ import annotations

import logging
import traceback
from collections import Counter


def run_process(inputs: int, journeys: int, seed: int) -> tuple[Counter[str], str]:
    """The counts of one process, and the traceback of the failure if there was one."""
    import django

    django.setup()
    from django.conf import settings

    from tests.support.own_database import own_database

    from . import running

    # As in tests.
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    # Do not log every request; failures are raised.
    logging.disable(logging.CRITICAL)
    with own_database():
        try:
            return running.run(inputs, journeys, seed=seed), ""
        except Exception:  # noqa: BLE001 - whatever broke is what this command is after
            return Counter(), traceback.format_exc()
