"""Kills of the service while clerks file complete Dimona INs, and their results."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from declarations.models import Declaration
from tests.support.sealing import command

from ..shared.clerks import CONFIRM, ClerkPool, Error
from ..shared.outcome import COMMANDS, differences
from .service import Killed

# The approximate seconds of a complete declaration.
DECLARATION_TAKES = 1.5
# The seconds between two declarations of a clerk.
PAUSE = 0.05


class Trial:
    """A service and clerks who file until the trial ends; `seed` determines the moments."""

    def __init__(self, service: Killed, clerks: int, seed: int) -> None:
        self.service, self.random = service, random.Random(seed)
        self.pool = ClerkPool(service.port, clerks, PAUSE)
        self.kills = self.unseen = 0
        self.said: list[str] = []

    def kill(self) -> None:
        """Kill all processes at once, every other time during a Confirm; then start again."""
        if self.kills % 2:
            time.sleep(self.random.uniform(0, DECLARATION_TAKES))
        else:
            self.pool.wait_for_a_confirm(self.random.uniform)
        self.service.kill()
        self.kills += 1
        shown = len(self.pool.filed)
        self.unseen += max(0, Declaration.objects.count() - shown)
        self.service.serve()

    def finish(self) -> list[str]:
        """Let the clerks finish; returns the faults."""
        self.pool.close()
        drafts = Declaration.objects.values_list("draft", "number")
        return [
            *(
                f"an error page: {each.what} ({each.method} {each.step})"
                for each in self.pool.errors
                if is_error_page(each)
            ),
            *differences(self.pool, [(str(draft), number) for draft, number in drafts]),
            *without_a_notification(),
            *self.commands(),
        ]

    def commands(self) -> Iterator[str]:
        """The findings of `check_ledger` and `verify_chain`."""
        for name in COMMANDS:
            code, lines = command(name)
            if code:
                yield from (f"{name}: {line}" for line in lines)
            self.said.append(f"{name}: " + "\n".join(lines))

    def figures(self) -> list[str]:
        """The numbers of interrupted requests."""
        errors = self.pool.errors
        confirms = sum((each.method, each.step) == CONFIRM and was_cut_off(each) for each in errors)
        return [
            f"{self.kills} kills, {len(self.pool.filed)} receipts, {len(errors)} requests sent again:",
            f"{sum(map(was_cut_off, errors))} of them were cut off, {confirms} Confirms among these;",
            f"{self.unseen} times a declaration was filed and its receipt not shown yet.",
            *self.said,
        ]


def is_error_page(error: Error) -> bool:
    """Whether the service itself responded with an error, although its database was available."""
    return error.what[:1].isdigit()


def was_cut_off(error: Error) -> bool:
    """Whether the service received the request and did not respond."""
    return error.what != "ConnectionRefusedError"


def without_a_notification() -> Iterator[str]:
    """The declarations without a notification; two for one declaration cannot be stored."""
    numbers = Declaration.objects.filter(notifications=None).values_list("number", flat=True)
    yield from (f"{number}: nobody is notified" for number in numbers)


def run(folder: Path, kills: int, clerks: int, seed: int) -> tuple[list[str], list[str]]:
    """Kill the service `kills` times; returns the faults and the figures. Stops clerks and processes."""
    service = Killed(folder)
    with ExitStack() as leftovers:
        leftovers.callback(service.kill)
        service.serve()
        trial = Trial(service, clerks, seed)
        leftovers.callback(trial.pool.close)
        while trial.kills < kills:
            trial.kill()
        return trial.finish(), trial.figures()
