"""CPU time of a journey and of a page, compared with the minimum that Django needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from tests.support.serving.http_browser import Browser
from tests.support.serving.journey import file_dimona_in, ssin, step_of, walk
from tests.support.serving.service import Service, running

from .databases import Database
from .measuring import Bench, Figure
from .recorded import Answer, record, walk_again

FLOOR, SETTINGS = "django.core.wsgi:get_wsgi_application()", "benchmarks.floor.settings"
# The service has the first core, the load generator the others.
CORE = {0}


@dataclass
class Pair:
    """The service and its floor on the same core, and the journey recorded for the floor."""

    service: Service
    floor: Service
    journey: list[Answer]
    ranks: Iterator[int] = field(default_factory=lambda: count(1))


@contextmanager
def pair(bench: Bench, database: Database) -> Iterator[Pair]:
    """The service, a journey recorded on it, and the floor that replays its responses."""
    recording = bench.folder / "journey.json"
    with running(database.fresh(), cores=CORE) as service, Browser(service.port) as first:
        file_dimona_in(first, ssin(0), bench.today)
        journey = record(first.exchanges, recording)
        more = {"FLOOR_JOURNEY": str(recording), "DJANGO_SETTINGS_MODULE": SETTINGS}
        with running(database.fresh(SETTINGS), cores=CORE, application=FLOOR, more=more) as floor:
            yield Pair(service, floor, journey)


def cost(service: Service, act: Callable[[], object], times: int) -> float:
    """The service's CPU milliseconds per act, averaged over `times` acts."""
    before = service.cpu()
    for _time in range(times):
        act()
    return 1000 * (service.cpu() - before) / times


def compare(bench: Bench, name: str, acts: Sequence[tuple[Service, Callable[[], object], int]]) -> list[Figure]:
    """The cost of both acts, in turns after a warm-up, and their ratio."""
    for service, act, _times in acts:
        cost(service, act, 5)
    rounds = [[cost(*each) for each in acts] for _round in range(bench.rounds)]
    ours, floor = zip(*rounds, strict=True)
    ratios = [mine / least for mine, least in rounds]
    return [Figure(name, ratios), Figure("  of the service", ours, "ms"), Figure("  of the floor", floor, "ms")]


def journeys(bench: Bench) -> list[Figure]:
    """A complete Dimona IN divided by the floor's."""
    found = []
    times = bench.amount(60, 8)
    for database in bench.databases:
        with pair(bench, database) as both:

            def ours(both: Pair = both) -> None:
                with Browser(both.service.port) as browser:
                    file_dimona_in(browser, ssin(next(both.ranks)), bench.today)

            def floors(both: Pair = both) -> None:
                with Browser(both.floor.port) as browser:
                    walk_again(browser, both.journey)

            name = f"CPU of a complete Dimona IN ({len(both.journey)} requests) ÷ floor, {database.vendor}"
            acts = ((both.service, ours, times), (both.floor, floors, times * 4))
            found += compare(bench, name, acts)
    return found


def heaviest_page(bench: Bench) -> list[Figure]:
    """The longest page of the journey divided by a view that returns the same bytes through the same middleware."""
    database, times = bench.databases[0], bench.amount(200, 30)
    with pair(bench, database) as both, Browser(both.service.port) as clerk, Browser(both.floor.port) as stranger:
        heaviest = max(range(len(both.journey)), key=lambda position: len(both.journey[position].page))
        step = step_of(both.journey[heaviest].path)
        path = walk(clerk, ssin(next(both.ranks)), bench.today, until=step).path
        same = f"/en/same-bytes/{heaviest}/"
        acts = (
            (both.service, lambda: clerk.get(path), times),
            (both.floor, lambda: stranger.get(same), times * 20),
        )
        size = len(both.journey[heaviest].page.encode())
        name = f"CPU of the heaviest page ({step}, {size / 1000:.0f} kB) ÷ the same bytes, {database.vendor}"
        return compare(bench, name, acts)
