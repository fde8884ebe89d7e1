"""SQL statements per request, as the database receives them, including BEGIN, COMMIT and those of new connections.

PostgreSQL logs them. SQLite has no log, so `traced.py`, which wraps the service, writes each statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path

from tests.support.serving.http_browser import Browser, Exchange
from tests.support.serving.journey import file_dimona_in, ssin, step_of
from tests.support.serving.service import Service, running

from .databases import Database, Postgres
from .measuring import Bench, Figure

TRACED = "benchmarks.traced:application"
# How PostgreSQL begins the line of a statement that came as text, and of one that came prepared.
MARKS = ("LOG:  statement: ", "LOG:  execute ")


class Log:
    """A file to which every statement adds a line."""

    def __init__(self, path: Path) -> None:
        self.path, self.read = path, 0

    def new(self) -> int:
        """The number of lines added since the last call."""
        with self.path.open(errors="replace") as file:
            file.seek(self.read)
            lines = file.readlines()
            self.read = file.tell()
        return sum(line.startswith(MARKS) for line in lines)


@contextmanager
def running_with_log(database: Database, folder: Path) -> Iterator[tuple[Service, Log]]:
    """The service with one thread, so that its one connection is warm, and its log of statements."""
    url = database.fresh()
    if isinstance(database, Postgres):
        database.run(f"ALTER DATABASE {url.rpartition('/')[2]} SET log_statement = 'all'")
        with running(url, threads=1) as service:
            yield service, Log(Path(database.folder, "log"))
        return
    log = folder / "statements.log"
    log.touch()
    more = {"STATEMENTS_LOG": str(log), "DJANGO_SETTINGS_MODULE": "dimona_site.settings"}
    with running(url, threads=1, application=TRACED, more=more) as service:
        yield service, Log(log)


def statements(bench: Bench) -> list[Figure]:
    """The statements of each request of a Dimona IN, on a warm worker; two journeys."""
    return [figure for database in bench.databases for figure in _statements(bench, database)]


def _statements(bench: Bench, database: Database) -> Iterator[Figure]:
    ranks, counts, said = count(), [], list[Exchange]()
    with running_with_log(database, bench.folder) as (service, log):
        with Browser(service.port) as first:
            file_dimona_in(first, ssin(next(ranks)), bench.today)
        for _journey in range(2):
            log.new()
            counted: list[int] = []
            with Browser(service.port, after=partial(_count, log, counted)) as browser:
                file_dimona_in(browser, ssin(next(ranks)), bench.today)
            counts.append(counted)
            said = browser.exchanges
    yield Figure(f"SQL statements of a Dimona IN, {database.vendor}", [sum(counted) for counted in counts])
    for place, values in enumerate(zip(*counts, strict=True)):
        yield Figure(f"  {place + 1:2d} {said[place].method} {step_of(said[place].path)}", values)


def _count(log: Log, counted: list[int]) -> None:
    counted.append(log.new())
