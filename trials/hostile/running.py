"""Running of inputs and journeys in this process, on the current database, without leaving a trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from tests.support.rolled_back import rolled_back

from . import inputs, journeys

# Maximum number of acts per journey.
ACTS = 20


def run(count: int, walks: int, *, acts: int = ACTS, seed: int | None = None) -> Counter[str]:
    """The counts of what was sent and what happened; without `seed` each run sends the same.

    Raises AssertionError or the service's own exception, with the shortest example found.
    """
    met: Counter[str] = Counter()
    start: Callable[[Any], Any] = seeded(seed) if seed is not None else lambda test: test
    how = settings(
        stateful_step_count=acts,
        deadline=None,
        database=None,
        derandomize=seed is None,
        print_blob=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    if count:
        with rolled_back():
            start(inputs.property_test(met, settings(how, max_examples=count)))()
    if walks:
        with rolled_back():
            machine = start(type("Counted", (journeys.Journey,), {"met": met}))
            run_state_machine_as_test(machine, settings=settings(how, max_examples=walks))
    return met
