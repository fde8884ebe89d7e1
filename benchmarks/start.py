"""From the command to the first page, and the memory of a process that has worked."""

from __future__ import annotations

import time
from itertools import count

from tests.support.serving.http_browser import Browser
from tests.support.serving.journey import file_dimona_in, ssin
from tests.support.serving.service import running

from .measuring import Bench, Figure


def start(bench: Bench) -> list[Figure]:
    """Seconds from the start of gunicorn to the first page, and what one worker holds after its journeys."""
    seconds, resident, proportional, ranks = [], [], [], count()
    database = bench.databases[0]
    url = database.fresh()
    for _round in range(bench.rounds):
        began = time.perf_counter()
        with running(url) as service, Browser(service.port) as browser:
            browser.get("/en/")
            seconds.append(time.perf_counter() - began)
            for _journey in range(bench.amount(50, 5)):
                with Browser(service.port) as clerk:
                    file_dimona_in(clerk, ssin(next(ranks)), bench.today)
            held = service.memory()
        resident.append(held.resident / 1000)
        proportional.append(held.proportional / 1000)
    return [
        Figure(f"start to first page, {database.vendor}", seconds, "s"),
        Figure("  memory of the worker: resident (RSS)", resident, "MB"),
        Figure("  memory of the worker: its share (PSS)", proportional, "MB"),
    ]
