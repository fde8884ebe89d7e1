"""Clerks who file complete Dimona INs one after another and resend requests without a response."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from threading import Event
from zoneinfo import ZoneInfo

from tests.support.serving.http_browser import Browser, Exchange
from tests.support.serving.journey import JourneyError, file_dimona_in, receipt, ssin, step_of

DRAFT = re.compile(r"/([0-9a-f-]{36})/")
TITLE = re.compile(r"<title>([^<]*)")
CONFIRM = ("POST", "overview")
# Seconds: approximate duration of a Confirm; pause between two tries of a request; before a clerk gives up.
CONFIRM_TAKES = 0.08
AGAIN_AFTER = 0.25
PATIENCE = 90
# The number of workers reserved for each clerk.
RANKS = 100_000


@dataclass(frozen=True)
class Error:
    """What a clerk saw instead of a page: the title of an error page, or how the connection broke."""

    at: float
    method: str
    step: str
    what: str


class Clerk(Browser):
    """A browser whose user presses the same button again after an error."""

    def __init__(self, pool: ClerkPool) -> None:
        super().__init__(pool.port)
        self.pool = pool

    def _ask(self, method: str, path: str, fields: Mapping[str, str], more: Mapping[str, str]) -> Exchange:
        deadline = time.monotonic() + PATIENCE
        if (method, step_of(path)) == CONFIRM:
            self.pool.confirming.set()
        while True:
            try:
                answer = self._once(method, path, fields, more)
                what = f"{answer.status} {title_of(answer.page)}"
            except (OSError, HTTPException) as error:
                self.connection.close()
                answer, what = None, type(error).__name__
            at = time.monotonic()
            if answer and answer.status < 500:
                self.pool.answers.append(at)
                return answer
            self.pool.errors.append(Error(at, method, step_of(path), what))
            if answer:
                fields = self.again(answer)
            if at > deadline:
                raise JourneyError(f"no answer for {PATIENCE} seconds: {method} {path}: {what}")
            time.sleep(AGAIN_AFTER)

    def _once(self, method: str, path: str, fields: Mapping[str, str], more: Mapping[str, str]) -> Exchange:
        return super()._ask(method, path, fields, more)

    def again(self, answer: Exchange) -> Mapping[str, str]:
        """The fields to send after an error: the same again."""
        return answer.fields


def title_of(page: str) -> str:
    """The title of a page."""
    found = TITLE.search(page)
    return found[1].strip() if found else "without a title"


@dataclass(frozen=True)
class ShownReceipt:
    """A displayed receipt: moment, draft, number, and the Confirm that led to it."""

    at: float
    draft: str
    number: str
    clerk: Clerk
    confirm: Exchange

    def confirmed_again(self) -> str:
        """What is wrong if the same Confirm is sent again; empty if the same receipt comes."""
        try:
            page = self.clerk.follow_redirects(self.clerk.post(self.confirm.path, self.confirm.fields))
            number = receipt(page)
        except JourneyError as error:
            return f"draft {self.draft} confirmed again: {error}"
        finally:
            self.clerk.connection.close()
        return "" if number == self.number else f"draft {self.draft} has the receipts {self.number} and {number}"


class ClerkPool:
    """Clerks who work until told to stop; each finishes the current declaration.

    They declare workers who start today, and wait `pause` seconds between two declarations.
    """

    def __init__(self, port: int, clerks: int, pause: float = 0.1) -> None:
        self.port, self.pause, self.day = port, pause, datetime.now(ZoneInfo("Europe/Brussels")).date()
        self.filed: list[ShownReceipt] = []
        self.errors: list[Error] = []
        self.answers: list[float] = []
        self.faults: list[str] = []
        self.confirming = Event()
        self._closed = Event()
        self._pool = ThreadPoolExecutor(clerks)
        self._work: list[Future[None]] = [self._pool.submit(self.work, clerk) for clerk in range(clerks)]

    def work(self, clerk: int) -> None:
        """File one declaration after another, each for another worker."""
        rank = clerk * RANKS
        while not self._closed.wait(self.pause):
            rank += 1
            try:
                self.filed.append(self.declare(rank))
            except JourneyError as error:
                self.faults.append(str(error))

    def declare(self, rank: int) -> ShownReceipt:
        """File in a new browser for the worker of that rank. Raises JourneyError."""
        with Clerk(self) as browser:
            return last_receipt(browser, file_dimona_in(browser, ssin(rank), self.day))

    def receipts(self) -> list[tuple[str, str]]:
        """The draft and the number of each displayed receipt."""
        return [(each.draft, each.number) for each in self.filed]

    def wait_for_a_confirm(self, uniform: Callable[[float, float], float] = random.uniform) -> None:
        """Return during a Confirm: before, in or after its transaction."""
        self.confirming.clear()
        self.confirming.wait(PATIENCE)
        time.sleep(uniform(0, CONFIRM_TAKES))

    def close(self) -> None:
        """Let everybody finish. Raises unexpected exceptions of the clerks."""
        self._closed.set()
        for each in self._work:
            each.result()
        self._pool.shutdown()


def last_receipt(clerk: Clerk, number: str) -> ShownReceipt:
    """The receipt just displayed; of its pages only the Confirm is stored."""
    confirm = [each for each in clerk.exchanges if (each.method, step_of(each.path)) == CONFIRM][-1]
    draft = DRAFT.search(confirm.path)
    assert draft
    clerk.exchanges.clear()
    return ShownReceipt(time.monotonic(), draft[1], number, clerk, confirm)
