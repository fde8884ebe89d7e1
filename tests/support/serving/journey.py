"""A complete Dimona IN over HTTP: every page, the requests of its script, Confirm, the receipt."""

from __future__ import annotations

import re
from datetime import date

from .http_browser import Browser, Exchange

# The ordinary demo employer, which every benchmark database contains.
EMPLOYER = "0852093431"
STEP = re.compile(r"/in/[0-9a-f-]{36}/(\w+)/")
RECEIPT = re.compile(r"/receipt/[\w-]+/")
NUMBER = re.compile(r"\d{4}\xa0\d{4}\xa0\d{4}")
ACCEPTED = ("answer-A", "answer-W")


class JourneyError(Exception):
    """A page did not lead to the next, or the receipt shows no accepted declaration."""


def ssin(rank: int) -> str:
    """A valid SSIN of somebody born in the twentieth century, another for each rank below four million.

    >>> ssin(0), ssin(997)
    ('60010100172', '60010200142')
    """
    day, serial = divmod(rank, 997)
    born = date.fromordinal(date(1960, 1, 1).toordinal() + day)
    digits = f"{born:%y%m%d}{serial + 1:03d}"
    return f"{digits}{97 - int(digits) % 97:02d}"


def answers(number: str, day: date, worker_type: str = "OTH") -> list[tuple[str, dict[str, str]]]:
    """The typed values of each page in turn, by input name, for a worker with that SSIN who starts that day.

    The characteristics page is posted again for committee and type, as the page's script does, because each choice
    changes the fields.
    """
    committee = {"characteristics-joint_committee": "XXX"}
    both = {**committee, "characteristics-worker_type": worker_type}
    return [
        ("start", {"start-identifier_kind": "enterprise", "start-employer_number": EMPLOYER, "start-kind": "in"}),
        ("employer", {}),
        ("worker", {"worker-knows_ssin": "yes", "worker-ssin": number}),
        ("characteristics", {**committee, "go": "refresh"}),
        ("characteristics", {**both, "go": "refresh"}),
        ("characteristics", both),
        ("period", dates(day, worker_type)),
        ("overview", {}),
    ]


def dates(day: date, worker_type: str) -> dict[str, str]:
    """The dates page: a start, and for a student two hours on that day."""
    typed = {"start_date": f"{day:%d/%m/%Y}"}
    if worker_type == "STU":
        typed |= {"end_date": typed["start_date"], "start_time": "10:00", "end_time": "12:00", "planned_hours": "2"}
    return {f"period-{name}": value for name, value in typed.items()}


def walk(browser: Browser, number: str, day: date, until: str = "receipt", worker_type: str = "OTH") -> Exchange:
    """Walk a Dimona IN from the site's entry to the page of that step. Raises JourneyError."""
    page = browser.open("/")
    for slug, typed in answers(number, day, worker_type):
        if slug == until:
            return page
        if step_of(page.path) != slug:
            raise JourneyError(f"{page.path} came instead of {slug}: {page_summary(page)}")
        page = browser.submit(page, typed)
    return page


def file_dimona_in(browser: Browser, number: str, day: date) -> str:
    """File a Dimona IN and return the number on its receipt. Raises JourneyError."""
    return receipt(walk(browser, number, day))


def receipt(page: Exchange) -> str:
    """The number on the receipt. Raises JourneyError for another page or a declaration that is not accepted."""
    found = NUMBER.search(page.page)
    if not RECEIPT.search(page.path) or found is None or not any(answer in page.page for answer in ACCEPTED):
        raise JourneyError(f"{page.path} is no receipt of an accepted declaration: {page_summary(page)}")
    return re.sub(r"\D", "", found[0])


def page_summary(page: Exchange) -> str:
    """The status and the first words of a page's errors or contents, for a message."""
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.page.partition("<main")[2]))
    return f"{page.status} {words[:300]}"


def step_of(path: str) -> str:
    """The step in a path: its name, `receipt`, `start` for the first page, `entry` before it."""
    if found := STEP.search(path):
        return found[1]
    if RECEIPT.search(path):
        return "receipt"
    return "entry" if path == "/" else "start"
