"""Clerks who press “Send again” on the page of a database that is away, and nothing else."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from http.client import HTTPException

from benchmarks.browser import Browser, Exchange
from benchmarks.journey import JourneyError, receipt, ssin, step_of, walk
from tests.machines.clerks import CONFIRM, PATIENCE, RANKS, Clerk, Error, Office, filed, title_of

HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
TOKEN = "csrfmiddlewaretoken"
SEND_AGAIN_AFTER = 0.3


def offered(page: str) -> dict[str, str]:
    """What the form of that page sends."""
    return {html.unescape(name): html.unescape(value) for name, value in HIDDEN.findall(page)}


def without_token(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields but the one that each page has of its own."""
    return {name: value for name, value in fields.items() if name != TOKEN}


@dataclass(frozen=True)
class Typed:
    """What a clerk typed that must have been filed: by the names of the answers."""

    draft: str
    values: Mapping[str, str]


class PatientClerk(Clerk):
    """Sends what the page of an outage offers, not what was typed; an answer of another kind is a fault."""

    office: PatientOffice

    def _ask(self, method: str, path: str, fields: Mapping[str, str], more: Mapping[str, str]) -> Exchange:
        deadline = time.monotonic() + PATIENCE
        if (method, step_of(path)) == CONFIRM:
            self.office.confirming.set()
        while True:
            try:
                answer = Browser._ask(self, method, path, fields, more)
            except (OSError, HTTPException) as error:
                raise JourneyError(f"{method} {step_of(path)}: no answer at all, {type(error).__name__}") from error
            self.office.seconds.append((time.monotonic(), answer.seconds))
            if answer.status < 500:
                self.office.answers.append(time.monotonic())
                return answer
            self.note(answer)
            fields = self.again(answer)
            if time.monotonic() > deadline:
                raise JourneyError(f"no answer for {PATIENCE} seconds: {method} {step_of(path)}")
            time.sleep(SEND_AGAIN_AFTER)

    def note(self, answer: Exchange) -> None:
        """Remember what was seen in the place of a page."""
        what = f"{answer.status} {title_of(answer.page)}"
        self.office.errors.append(Error(time.monotonic(), answer.method, step_of(answer.path), what))

    def again(self, answer: Exchange) -> dict[str, str]:
        """The fields of the page's button. Raises JourneyError when what was typed is gone."""
        fields = offered(answer.page) if answer.status == 503 else {}
        if without_token(fields) != without_token(answer.fields):
            gone = ", ".join(sorted(without_token(answer.fields).keys() - fields.keys()))
            raise JourneyError(
                f"{answer.method} {step_of(answer.path)}: {answer.status}, what was typed is gone: {gone}"
            )
        return fields


class PatientOffice(Office):
    """So many of them, each declaration with a reference of its own."""

    def __init__(self, port: int, clerks: int, day: date, pause: float) -> None:
        self.typed: list[Typed] = []
        self.seconds: list[tuple[float, float]] = []
        super().__init__(port, clerks, day, pause)

    def work(self, clerk: int) -> None:
        """File one after the other, each in a new browser for another worker."""
        rank = clerk * RANKS
        while not self._closed.wait(self.pause):
            rank += 1
            with PatientClerk(self) as browser:
                try:
                    page = walk(browser, ssin(rank), self.day, until="overview")
                    page = browser.submit(page, {"overview-employer_reference": f"E {rank}"})
                    done = filed(browser, receipt(page))
                except JourneyError as error:
                    self.faults.append(str(error))
                    continue
                self.filed.append(done)
                self.typed.append(Typed(done.draft, self.values(rank)))

    def values(self, rank: int) -> dict[str, str]:
        """What must have been filed of it."""
        return {
            "ssin": ssin(rank),
            "start_date": self.day.isoformat(),
            "joint_committee": "XXX",
            "worker_type": "OTH",
            "employer_reference": f"E {rank}",
        }
