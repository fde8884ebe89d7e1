"""The cost of nginx: whole journeys through it, compared with the same journeys directly to gunicorn, in turns.

nginx uses the files of deploy/, except for paths and ports (tests/support/serving/nginx.py). It allows a client fifty
requests per second, which one fast clerk exceeds. Each journey therefore comes from an address of its own, as in
production.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from itertools import count
from pathlib import Path

from tests.support.serving.http_browser import Browser, Exchange
from tests.support.serving.journey import file_dimona_in, ssin
from tests.support.serving.nginx import Nginx, nginx_path
from tests.support.serving.service import ROOT, Service, running

from .databases import Database
from .measuring import Bench, Figure, MissingError, percentile, undisturbed
from .users import by_step

# nginx shares the service's core, as on one machine; the load generator has the others.
CORE = {0}
# The number of journeys before the other route takes its turn.
TURN = 10
# Client addresses on this machine, from the loopback network.
ADDRESSES = int(IPv4Address("127.1.0.1"))


class Visitor(Browser):
    """A client of nginx over TLS, from that address of this machine."""

    def __init__(self, nginx: Nginx, address: str) -> None:
        super().__init__(nginx.https)
        self.connection = nginx.connect(address)


@dataclass
class JourneyBatch:
    """The journeys over one route in a round, and the CPU milliseconds of gunicorn and nginx."""

    exchanges: list[list[Exchange]] = field(default_factory=list)
    gunicorn: float = 0
    nginx: float = 0

    def milliseconds(self) -> list[float]:
        """The duration of every request."""
        return [1000 * each.seconds for journey in self.exchanges for each in journey]

    def per_journey(self, spent: float) -> float:
        """The value divided by the number of journeys."""
        return spent / len(self.exchanges)


@dataclass
class Routes:
    """The two routes to one service."""

    service: Service
    before: Service
    nginx: Nginx
    bench: Bench
    ranks: Iterator[int] = field(default_factory=lambda: count(1))

    def straight(self, address: str) -> Browser:
        """A client of gunicorn."""
        return Browser(self.service.port, address)

    def through(self, address: str) -> Browser:
        """A client of nginx."""
        return Visitor(self.nginx, address)

    def walk(self, batch: JourneyBatch, arrive: Callable[[str], Browser], times: int) -> None:
        """Add that number of journeys over that route to the batch."""
        at_first = self.service.cpu(), self.before.cpu()
        for rank in (next(self.ranks) for _time in range(times)):
            with arrive(str(IPv4Address(ADDRESSES + rank))) as browser:
                file_dimona_in(browser, ssin(rank), self.bench.today)
            batch.exchanges.append(browser.exchanges)
        batch.gunicorn += 1000 * (self.service.cpu() - at_first[0])
        batch.nginx += 1000 * (self.before.cpu() - at_first[1])

    def round(self) -> tuple[JourneyBatch, JourneyBatch]:
        """The same number of journeys over each route, in turns: direct, and through nginx."""
        straight, through = JourneyBatch(), JourneyBatch()
        for _turn in range(self.bench.amount(15, 1)):
            self.walk(straight, self.straight, TURN)
            self.walk(through, self.through, TURN)
        return straight, through


def front(bench: Bench) -> list[Figure]:
    """A declaration through nginx divided by one directly to gunicorn: CPU time, p50 and p99."""
    if nginx_path() is None:
        raise MissingError("nginx is not installed (Debian: apt-get install nginx-light)")
    found = []
    for database in bench.databases:
        with both_routes(bench, database) as ways, undisturbed():
            for _time in range(2):
                ways.walk(JourneyBatch(), ways.straight, 5)
                ways.walk(JourneyBatch(), ways.through, 5)
            found += figures([ways.round() for _round in range(bench.rounds)], database.vendor)
    return found


@contextmanager
def both_routes(bench: Bench, database: Database) -> Iterator[Routes]:
    """A service on a port and on nginx's socket, with that nginx."""
    folder: Path = bench.folder / f"front-{database.vendor}"
    folder.mkdir()
    nginx = Nginx(folder, ROOT, folder / "web.sock")
    with ExitStack() as stack:
        service = stack.enter_context(running(database.fresh(), cores=CORE, socket_path=nginx.socket))
        process = stack.enter_context(nginx.running(["taskset", "--cpu-list", *map(str, CORE)]))
        yield Routes(service, Service(process, nginx.https), nginx, bench)


def figures(rounds: list[tuple[JourneyBatch, JourneyBatch]], vendor: str) -> list[Figure]:
    """The figures of the rounds."""
    alone = [straight.per_journey(straight.gunicorn) for straight, _through in rounds]
    behind = [through.per_journey(through.gunicorn) for _straight, through in rounds]
    nginx = [through.per_journey(through.nginx) for _straight, through in rounds]
    of_all = [(straight.milliseconds(), through.milliseconds()) for straight, through in rounds]
    of_steps = [(by_step(straight.exchanges), by_step(through.exchanges)) for straight, through in rounds]
    found = [
        Figure(
            f"CPU of a declaration, nginx and gunicorn ÷ gunicorn alone, {vendor}",
            [(served + fronted) / least for served, fronted, least in zip(behind, nginx, alone, strict=True)],
        ),
        Figure("  of gunicorn behind nginx ÷ alone", [a / b for a, b in zip(behind, alone, strict=True)]),
        Figure("  of nginx", nginx, "ms"),
        Figure("  of gunicorn alone", alone, "ms"),
    ]
    for share in (0.5, 0.99):
        name = f"p{100 * share:.0f}"
        ratios = [percentile(theirs, share) / percentile(ours, share) for ours, theirs in of_all]
        found.append(Figure(f"{name} of all requests, through nginx ÷ straight, {vendor}", ratios))
        found += [
            Figure(
                f"  {name} of {step}",
                [percentile(theirs[step], share) / percentile(ours[step], share) for ours, theirs in of_steps],
            )
            for step in of_steps[0][0]
        ]
    return found
