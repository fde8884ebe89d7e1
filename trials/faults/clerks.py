"""Clerks who, when the database is unavailable, press “Send again” on the error page and nothing else."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException

from tests.support.serving.http_browser import Exchange
from tests.support.serving.journey import JourneyError, receipt, ssin, step_of, walk

from ..shared.clerks import Clerk, ClerkPool, ShownReceipt, last_receipt

HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
TOKEN = "csrfmiddlewaretoken"


def resend_fields(page: str) -> dict[str, str]:
    """The fields of that page's form."""
    return {html.unescape(name): html.unescape(value) for name, value in HIDDEN.findall(page)}


def without_token(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields without the CSRF token, which differs per page."""
    return {name: value for name, value in fields.items() if name != TOKEN}


@dataclass(frozen=True)
class Typed:
    """The typed values that must have been filed, by field name."""

    draft: str
    values: Mapping[str, str]


class PatientClerk(Clerk):
    """A clerk who resends the error page's form, not the typed values; any other error is a fault."""

    pool: PatientClerkPool

    def _once(self, method: str, path: str, fields: Mapping[str, str], more: Mapping[str, str]) -> Exchange:
        try:
            answer = super()._once(method, path, fields, more)
        except (OSError, HTTPException) as error:
            raise JourneyError(f"{method} {step_of(path)}: no answer at all, {type(error).__name__}") from error
        self.pool.seconds.append((time.monotonic(), answer.seconds))
        return answer

    def again(self, answer: Exchange) -> dict[str, str]:
        """The fields of the page's form. Raises JourneyError if typed values are missing."""
        fields = resend_fields(answer.page) if answer.status == 503 else {}
        if without_token(fields) != without_token(answer.fields):
            gone = ", ".join(sorted(without_token(answer.fields).keys() - fields.keys()))
            raise JourneyError(
                f"{answer.method} {step_of(answer.path)}: {answer.status}, what was typed is gone: {gone}"
            )
        return fields


class PatientClerkPool(ClerkPool):
    """A pool of patient clerks, each declaration with a unique reference."""

    def __init__(self, port: int, clerks: int) -> None:
        self.typed: list[Typed] = []
        self.seconds: list[tuple[float, float]] = []
        super().__init__(port, clerks)

    def declare(self, rank: int) -> ShownReceipt:
        """File a declaration and remember what was typed. Raises JourneyError."""
        with PatientClerk(self) as browser:
            page = walk(browser, ssin(rank), self.day, until="overview")
            page = browser.submit(page, {"overview-employer_reference": f"E {rank}"})
            done = last_receipt(browser, receipt(page))
        self.typed.append(Typed(done.draft, self.values(rank)))
        return done

    def values(self, rank: int) -> dict[str, str]:
        """The values that must have been filed."""
        return {
            "ssin": ssin(rank),
            "start_date": self.day.isoformat(),
            "joint_committee": "XXX",
            "worker_type": "OTH",
            "employer_reference": f"E {rank}",
        }
