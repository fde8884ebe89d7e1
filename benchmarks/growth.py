"""The duration of the same acts with few and with many stored declarations, as figures and graphs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from statistics import median
from typing import Any
from urllib.parse import quote

from tests.support.serving.http_browser import Browser, Exchange
from tests.support.serving.journey import JourneyError, file_dimona_in, page_summary, receipt, ssin, step_of, walk
from tests.support.serving.service import ROOT, Service, environment, running

from . import graphs
from .databases import Database
from .measuring import Bench, Figure

# ruff: noqa: S603 - the command is written here

CORE = {0}
FEWEST = 1_000
BUSY = "a worker with 1 000 periods"
Timing = dict[tuple[str, int], list[float]]


@dataclass(frozen=True)
class FilledService:
    """A service with that number of declarations, sample rows to look up, and a browser of a reviewer."""

    declarations: int
    service: Service
    known: Mapping[str, Any]
    office: Browser
    ranks: Any
    bench: Bench


def fill_database(database: Database, declarations: int) -> tuple[str, Mapping[str, Any]]:
    """A database with that number of declarations, and sample rows to look up."""
    url = database.fresh()
    environ = environment(url) | {"DJANGO_SETTINGS_MODULE": "dimona_site.settings"}
    command = [sys.executable, "-m", "benchmarks.rows", str(declarations)]
    done = subprocess.run(command, cwd=ROOT, env=environ, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command[1:])} failed:\n{done.stderr}")
    # The service logs to the same stream; the sample is the last line.
    return url, json.loads(done.stdout.splitlines()[-1])


# -- the acts, each giving its milliseconds --------------------------------------------------------------------


def confirm(stored: FilledService) -> float:
    """Confirm a Dimona IN: the request that files it."""
    with Browser(stored.service.port) as browser:
        file_dimona_in(browser, ssin(next(stored.ranks)), stored.bench.today)
    return _milliseconds(next(each for each in browser.exchanges if _is(each, "POST", "overview")))


def whole_journey(stored: FilledService) -> float:
    """All requests of a Dimona IN."""
    with Browser(stored.service.port) as browser:
        file_dimona_in(browser, ssin(next(stored.ranks)), stored.bench.today)
    return sum(_milliseconds(each) for each in browser.exchanges)


def look_up(stored: FilledService) -> float:
    """Send the first page of a Modification, which looks the period up."""
    with Browser(stored.service.port) as browser:
        page = browser.open("/")
        typed = {
            "start-identifier_kind": "enterprise",
            "start-employer_number": stored.known["enterprise_number"],
            "start-kind": "modification",
            "start-period_characteristics": "student",
            "start-period_number": stored.known["period_number"],
        }
        answer = browser.submit(page, typed)
    if "/modification/" not in answer.path:
        raise JourneyError(f"The period was not found: {page_summary(answer)}")
    return _milliseconds(next(each for each in browser.exchanges if each.method == "POST"))


def examine(worker: str) -> Callable[[FilledService], float]:
    """Open the overview of a student's next day: overlaps and quotas among the worker's periods."""

    def overview(stored: FilledService) -> float:
        day = stored.bench.today + timedelta(days=1)
        with Browser(stored.service.port) as browser:
            page = walk(browser, stored.known[worker], day, until="overview", worker_type="STU")
        if step_of(page.path) != "overview":
            raise JourneyError(f"No overview came: {page_summary(page)}")
        return _milliseconds(page)

    return overview


def confirm_next_day(worker: str) -> Callable[[FilledService], float]:
    """Send the request that files another day of a student, for that worker."""

    def confirm_day(stored: FilledService) -> float:
        day = stored.bench.today + timedelta(days=2 + next(stored.ranks))
        with Browser(stored.service.port) as browser:
            receipt(walk(browser, stored.known[worker], day, worker_type="STU"))
        return _milliseconds(next(each for each in browser.exchanges if _is(each, "POST", "overview")))

    return confirm_day


def page_of_the_office(path: str) -> Callable[[FilledService], float]:
    """A page of the admin; names in braces are replaced by sample values."""

    def visit(stored: FilledService) -> float:
        address = path.format(**{name: quote(str(value)) for name, value in stored.known.items()})
        answer = stored.office.get(f"/admin/{address}")
        if answer.status != 200:
            raise JourneyError(f"{address}: {page_summary(answer)}")
        return _milliseconds(answer)

    return visit


def _milliseconds(answer: Exchange) -> float:
    return 1000 * answer.seconds


def _is(answer: Exchange, method: str, step: str) -> bool:
    return answer.method == method and step_of(answer.path) == step


ACTS: dict[str, Callable[[FilledService], float]] = {
    "file an IN: Confirm": confirm,
    "file an IN: all requests": whole_journey,
    "look a period up": look_up,
    "overlap and quota check: the overview": examine("ssin"),
    "file a student’s day: Confirm": confirm_next_day("ssin"),
    f"{BUSY}: the overview": examine("busy_ssin"),
    f"{BUSY}: Confirm": confirm_next_day("busy_ssin"),
    "first list of declarations": page_of_the_office("declarations/declaration/"),
    "first list of periods": page_of_the_office("declarations/period/"),
    "search by number": page_of_the_office("declarations/declaration/?q={period_number}"),
    "search by employer’s number": page_of_the_office("declarations/declaration/?q={enterprise_number}"),
    "search by employer’s name": page_of_the_office("declarations/declaration/?q={employer_name}"),
    "search by SSIN": page_of_the_office("declarations/declaration/?q={ssin}"),
    "pending queue": page_of_the_office("declarations/pendingdeclaration/"),
    "personnel file of a worker": page_of_the_office("declarations/period/worker/{worker}/"),
    "personnel file of an employer": page_of_the_office("declarations/period/employer/{employer}/"),
    "figures page": page_of_the_office("declarations/dailycount/"),
}
# For the office's other lists: the first page, a distant page, a filter, a search.
LISTS = {
    name: page_of_the_office(path)
    for name, path in {
        "declarations, last page": "declarations/declaration/?p={last}",
        "declarations of a status": "declarations/declaration/?status__exact=S",
        "pending queue by number": "declarations/pendingdeclaration/?q={waiting}",
        "notifications": "declarations/notification/",
        "notifications, last page": "declarations/notification/?p={last}",
        "notifications in a state": "declarations/notification/?state__exact=sent",
        "notifications of a channel": "declarations/notification/?channel__exact=ebox",
        "notifications by number": "declarations/notification/?q={period_number}",
        "decisions": "declarations/decision/",
        "decisions to a status": "declarations/decision/?status__exact=B",
        "decisions by account": "declarations/decision/?q=reviewer",
        "locks": "declarations/periodlock/",
        "locks by account": "declarations/periodlock/?q=reviewer",
        "looks": "declarations/ssinaccess/",
        "looks by account": "declarations/ssinaccess/?q=reviewer",
        "exports": "declarations/listexport/",
        "exports by account": "declarations/listexport/?q=reviewer",
        "changes": "admin/logentry/",
        "changes by account": "admin/logentry/?q=reviewer",
        "sign-ins": "axes/accesslog/",
        "sign-ins by account": "axes/accesslog/?q=reviewer",
        "failed sign-ins": "axes/accessfailurelog/",
        "failed sign-ins by account": "axes/accessfailurelog/?q=reviewer",
    }.items()
}
MEASURED = {**ACTS, **LISTS}
# What the thousand periods of one worker cost: the act, by the same of a worker who has a few.
BY_A_FEW = {
    f"{BUSY}: the overview": "overlap and quota check: the overview",
    f"{BUSY}: Confirm": "file a student’s day: Confirm",
}


# -- the rounds ------------------------------------------------------------------------------------------------


def growth(bench: Bench) -> list[Figure]:
    """The median time of each act on the most declarations divided by that on the fewest, with graphs."""
    found = []
    sizes = [FEWEST]
    while sizes[-1] * 10 <= (bench.largest or bench.amount(1_000_000, 10_000)):
        sizes.append(sizes[-1] * 10)
    for database in bench.databases:
        timing = measure(bench, database, sizes)
        image = bench.images / f"growth-{database.vendor.lower()}.svg"
        title = f"{database.vendor}: milliseconds by stored declarations"
        image.write_text(graphs.render(title, _medians(timing, sizes)))
        found += [
            Figure(f"{sizes[-1]:.0e} ÷ {sizes[0]:.0e}, {name}, {database.vendor}", _ratios(timing, name, sizes))
            for name in MEASURED
        ]
        found += [
            Figure(
                f"{name} ÷ one with a few, {database.vendor}", _quotients(timing[name, FEWEST], timing[few, FEWEST])
            )
            for name, few in BY_A_FEW.items()
        ]
        print(f"graphs: {image}")
    return found


def measure(bench: Bench, database: Database, sizes: Sequence[int]) -> Timing:
    """The median milliseconds per round, by act and size; the sizes take turns."""
    timing: Timing = {(name, size): [] for name in MEASURED for size in sizes}
    with ExitStack() as running_services:
        every = [_start_service(bench, database, size, running_services) for size in sizes]
        for act in MEASURED.values():
            for stored in every:
                act(stored)
        for _round in range(bench.rounds):
            for name, act in MEASURED.items():
                taken: dict[int, list[float]] = {size: [] for size in sizes}
                for _time in range(bench.amount(15 if name in ACTS else 5, 3)):
                    for stored in every:
                        taken[stored.declarations].append(act(stored))
                for size, values in taken.items():
                    timing[name, size].append(median(values))
    return timing


def _start_service(bench: Bench, database: Database, size: int, services: ExitStack) -> FilledService:
    url, known = fill_database(database, size)
    services.callback(database.drop, url)
    service = services.enter_context(running(url, cores=CORE, threads=1))
    office = services.enter_context(Browser(service.port))
    office.cookies["__Host-sessionid"] = known["cookie"]
    return FilledService(size, service, known, office, count(), bench)


def _ratios(timing: Timing, name: str, sizes: Sequence[int]) -> list[float]:
    return _quotients(timing[name, sizes[-1]], timing[name, sizes[0]])


def _quotients(rounds: Sequence[float], by: Sequence[float]) -> list[float]:
    return [one / other for one, other in zip(rounds, by, strict=True)]


def _medians(timing: Timing, sizes: Sequence[int]) -> dict[str, list[tuple[int, float]]]:
    return {name: [(size, median(timing[name, size])) for size in sizes] for name in ACTS}
