"""One clerk, and many at once: duration of requests, evenness, and whether every Confirm files."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from http.client import HTTPException
from itertools import count

from tests.support.serving.http_browser import Browser, Exchange
from tests.support.serving.journey import JourneyError, file_dimona_in, ssin, step_of
from tests.support.serving.service import Service, running

from .databases import Database
from .measuring import Bench, Figure, percentile, undisturbed

CORE = {0}
AT_ONCE = (8, 32)


def by_step(journeys: Sequence[Sequence[Exchange]]) -> dict[str, list[float]]:
    """The milliseconds of each request by position, method and step, since a step occurs more than once."""
    found = defaultdict(list)
    for said in journeys:
        for place, each in enumerate(said, start=1):
            found[f"{place:2d} {each.method} {step_of(each.path)}"].append(1000 * each.seconds)
    return found


def one_user(bench: Bench) -> list[Figure]:
    """p99 ÷ p50 per step, and the slowest response divided by the median of the slowest step."""
    return [figure for database in bench.databases for figure in _one_user(bench, database)]


def _one_user(bench: Bench, database: Database) -> list[Figure]:
    ranks = count()
    with running(database.fresh(), cores=CORE) as service:

        def walked(times: int) -> list[list[Exchange]]:
            said = []
            for _time in range(times):
                with Browser(service.port) as browser:
                    file_dimona_in(browser, ssin(next(ranks)), bench.today)
                said.append(browser.exchanges)
            return said

        walked(5)
        with undisturbed():
            rounds = [by_step(walked(bench.amount(150, 10))) for _round in range(bench.rounds)]
    uneven = [max(percentile(each, 0.99) / percentile(each, 0.5) for each in steps.values()) for steps in rounds]
    slowest = [max(percentile(each, 0.5) for each in steps.values()) for steps in rounds]
    worst = [max(max(each) for each in steps.values()) for steps in rounds]
    steps = [
        Figure(
            f"  p99 ÷ p50 of {step}",
            [percentile(steps[step], 0.99) / percentile(steps[step], 0.5) for steps in rounds],
        )
        for step in rounds[0]
    ]
    return [
        Figure(f"p99 ÷ p50 of the most uneven step, one user, {database.vendor}", uneven),
        *steps,
        Figure("  worst answer ÷ p50 of the slowest step", [a / b for a, b in zip(worst, slowest, strict=True)]),
        Figure("  p50 of the slowest step", slowest, "ms"),
    ]


# -- many at once ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Crowd:
    """The results of many clerks at once: requests, journeys started, numbers on receipts."""

    exchanges: list[Exchange]
    begun: int
    numbers: list[str]
    failures: list[str]

    @property
    def unevenness(self) -> float:
        """p99 ÷ p50 of all requests."""
        seconds = [each.seconds for each in self.exchanges]
        return percentile(seconds, 0.99) / percentile(seconds, 0.5)


def crowd(service: Service, users: int, journeys: int, ranks: Iterator[int], day: date) -> Crowd:
    """Run `users` clerks at once, each filing `journeys` declarations one after another, without a pause."""
    found = Crowd([], users * journeys, [], [])
    numbers = [[next(ranks) for _journey in range(journeys)] for _user in range(users)]

    def work(user: int) -> None:
        for rank in numbers[user]:
            with Browser(service.port, f"192.0.2.{user + 1}") as browser:
                try:
                    found.numbers.append(file_dimona_in(browser, ssin(rank), day))
                except (JourneyError, OSError, HTTPException) as error:
                    found.failures.append(f"{type(error).__name__}: {error}")
                found.exchanges.extend(browser.exchanges)

    with undisturbed(), ThreadPoolExecutor(users) as pool:
        for done in [pool.submit(work, user) for user in range(users)]:
            done.result()
    return found


def many_users(bench: Bench) -> list[Figure]:
    """Failed Confirms of 32 users on two processes of four threads, and p99 ÷ p50 of all requests on one core."""
    return [
        figure for database in bench.databases for figure in (*_failed(bench, database), *_uneven(bench, database))
    ]


def _failed(bench: Bench, database: Database) -> list[Figure]:
    ranks, shares, reasons = count(), [], Counter[str]()
    for _round in range(bench.rounds):
        url = database.fresh()
        with running(url, workers=2, threads=4) as service:
            found = crowd(service, 32, bench.amount(8, 1), ranks, bench.today)
        stored = database.column(url, "SELECT number FROM declarations_declaration")
        reasons.update(found.failures)
        reasons["a receipt without its declaration"] += len(set(found.numbers) - set(stored))
        reasons["a declaration without a receipt"] += len(set(stored) - set(found.numbers))
        reasons["a number given twice"] += len(found.numbers) - len(set(found.numbers))
        shares.append(100 * (found.begun - len(found.numbers)) / found.begun)
        database.drop(url)
    faults = [Figure(f"  {reason}", [times]) for reason, times in reasons.items() if times]
    return [Figure(f"failed Confirms, 32 users, 2 processes × 4 threads, {database.vendor}", shares, "%"), *faults]


def _uneven(bench: Bench, database: Database) -> list[Figure]:
    ranks, found = count(), []
    with running(database.fresh(), cores=CORE) as service:
        crowd(service, 2, 3, ranks, bench.today)
        rounds = [
            [crowd(service, users, bench.amount(96 // users, 1), ranks, bench.today) for users in AT_ONCE]
            for _round in range(bench.rounds)
        ]
    for users, crowds in zip(AT_ONCE, zip(*rounds, strict=True), strict=True):
        name = f"p99 ÷ p50 of all requests, {users} users on one core, {database.vendor}"
        found.append(Figure(name, [each.unevenness for each in crowds]))
        found.append(Figure("  failed journeys", [len(each.failures) for each in crowds]))
    return found


def processes(bench: Bench) -> list[Figure]:
    """Declarations by second of the workers' processor time, of two processes by that of one."""
    found = []
    for database in bench.databases:
        ranks, ratios, alone, together = count(), [], [], []
        with running(database.fresh(), workers=1) as one, running(database.fresh(), workers=2) as two:
            for service in (one, two):
                crowd(service, 4, 2, ranks, bench.today)
            for _round in range(bench.rounds):
                rates = [_rate(service, bench.amount(12, 2), ranks, bench.today) for service in (one, two)]
                ratios.append(rates[1] / rates[0])
                alone.append(rates[0])
                together.append(rates[1])
        name = f"declarations per CPU-second, two processes ÷ one, {database.vendor}"
        found += [Figure(name, ratios), Figure("  one", alone, "/s"), Figure("  two", together, "/s")]
    return found


def _rate(service: Service, journeys: int, ranks: Iterator[int], day: date) -> float:
    before = service.cpu()
    return len(crowd(service, 8, journeys, ranks, day).numbers) / (service.cpu() - before)
