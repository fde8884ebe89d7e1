"""One clerk, or many at once: how long each request takes, how evenly, and whether every Confirm files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import count

from .browser import Browser, Exchange
from .databases import Database
from .journey import file, ssin, step_of
from .measuring import Bench, Figure, percentile, undisturbed
from .service import running

CORE = {0}


def by_step(journeys: Sequence[Sequence[Exchange]]) -> dict[str, list[float]]:
    """The milliseconds of each request of a journey, by its place, method and step: a step comes more than once."""
    found = defaultdict(list)
    for said in journeys:
        for place, each in enumerate(said, start=1):
            found[f"{place:2d} {each.method} {step_of(each.path)}"].append(1000 * each.seconds)
    return found


def one_user(bench: Bench) -> list[Figure]:
    """p99 ÷ p50 per step, and the worst answer by the slowest step's median."""
    return [figure for database in bench.databases for figure in _one_user(bench, database)]


def _one_user(bench: Bench, database: Database) -> list[Figure]:
    ranks = count()
    with running(database.fresh(), cores=CORE) as service:

        def walked(times: int) -> list[list[Exchange]]:
            said = []
            for _time in range(times):
                with Browser(service.port) as browser:
                    file(browser, ssin(next(ranks)), bench.today)
                said.append(browser.said)
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
