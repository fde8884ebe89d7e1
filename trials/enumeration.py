"""Measures whether time tells what a page does not: `python -m trials.enumeration [--rounds 300]`.

Each line holds one question against another that the service answers in the same words: an address of a receipt that
was never given against one that was removed, another employer's period number against an unknown one, a staff account
that exists against one that does not. Both are asked in turn, through the whole of Django and its database but without
a network; printed are the medians, their ratio, and between which ratios it lies in 95 of 100 resamplings. A range
that holds 1.00 shows no difference; whoever asks over a network sees less than is seen here.

A database of its own is made and removed (SQLite; `python tests/support/postgres.py python -m trials.enumeration`).
Passwords are hashed as in service.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.test.utils import setup_test_environment

from tests.support.own_database import own_database, set_up

Ask = Callable[[], Any]
RESAMPLINGS = 400
# Each request comes from an address of its own, so that no limit is reached.
ADDRESSES = count(1)


@dataclass(frozen=True)
class Pair:
    """Two requests that must not differ in time; `share` is the part of the rounds to run, for slow ones."""

    name: str
    one: Ask
    other: Ask
    share: float = 1


def client() -> Any:
    """A client without cookies."""
    from django.test import Client

    number = next(ADDRESSES)
    return Client(
        REMOTE_ADDR=f"10.{number // 65536}.{number // 256 % 256}.{number % 256}", raise_request_exception=False
    )


# -- the pairs -------------------------------------------------------------------------------------------------


def receipts() -> Iterator[Pair]:
    """Addresses of receipts that do not exist."""
    from declarations.models import DeclarationAnomaly, Notification
    from declarations.models.filed import receipt_token
    from tests.support.builders import answers_for, submit_pages

    kept = submit_pages(client(), answers_for("XXX", "OTH", start_date=today())).receipt_token
    refused = submit_pages(client(), answers_for("XXX", "T17", start_date=today(), end_date=today()))
    for model in (Notification, DeclarationAnomaly):
        model._base_manager.filter(declaration=refused).delete()
    type(refused)._base_manager.filter(pk=refused.pk).delete()

    def question(token: Callable[[], str]) -> Ask:
        return lambda: client().get(f"/en/receipt/{token()}/")

    yield Pair("receipt: never given / removed", question(receipt_token), question(lambda: refused.receipt_token))
    yield Pair(
        "receipt: never given / but for its end one that is",
        question(receipt_token),
        question(lambda: kept[:-4] + "0000"),
    )
    yield Pair("receipt: never given / of another form", question(receipt_token), question(lambda: "x"))


def numbers() -> Iterator[Pair]:
    """Period numbers that are not the employer's, and employer numbers."""
    from referentials.numbers import dimona
    from tests.support.builders import CONSTRUCTION, ORDINARY, RESTAURANT, answers_for, step_data, submit_pages

    theirs = submit_pages(
        client(), answers_for("XXX", "DWD", start_date=today(), end_date=today(), employer_number=CONSTRUCTION)
    )
    refused = submit_pages(
        client(), answers_for("XXX", "T17", start_date=today(), end_date=today(), employer_number=CONSTRUCTION)
    )
    unknown = dimona.from_rank(9_900_000_001)

    def question(number: str, employer: str = RESTAURANT) -> Ask:
        typed = {"identifier_kind": "enterprise", "employer_number": employer, "kind": "out", "period_number": number}
        return lambda: client().post("/en/", step_data("start", typed))

    yield Pair("period number: unknown / another employer's", question(unknown), question(theirs.number))
    yield Pair("period number: unknown / another's that was refused", question(unknown), question(refused.number))
    yield Pair("employer (public): unknown / known", question(unknown, "0999999922"), question(unknown, ORDINARY))


def workers() -> Iterator[Pair]:
    """The worker step with an SSIN that is stored, and with one that is not."""
    from tests.support.builders import ERIC, Walk, answers_for

    walk = Walk(client()).to("period", answers_for("XXX", "OTH", start_date=today()))
    yield Pair(
        "worker step: SSIN never declared / declared",
        lambda: walk.post("worker", answers_for("XXX", "OTH", ssin="88010100178")),
        lambda: walk.post("worker", answers_for("XXX", "OTH", ssin=ERIC)),
    )


def sign_ins() -> Iterator[Pair]:
    """Account names, passwords and codes."""
    from django.contrib.auth.models import User

    from declarations.models import AuthenticatorApp

    password = "three-words-and-27"
    AuthenticatorApp.objects.create(user=User.objects.create_user("anna", password=password, is_staff=True))

    def question(name: str, typed: str) -> Ask:
        data = {"username": name, "password": typed, "otp_token": "abcd2345"}
        return lambda: client().post("/admin/login/", data)

    yield Pair("sign-in: no such account / an account", question("nobody", "wrong"), question("anna", "wrong"), 0.1)
    yield Pair(
        "sign-in: wrong password / right one, wrong code", question("anna", "wrong"), question("anna", password), 0.1
    )


def today() -> str:
    """Today's date, as typed."""
    from django.utils.timezone import localdate

    return f"{localdate():%d/%m/%Y}"


# -- measuring -------------------------------------------------------------------------------------------------


def measure(pair: Pair, rounds: int, chance: random.Random) -> tuple[list[float], list[float]]:
    """The milliseconds of both requests, sent in turn, in random order within a pair."""
    taken: tuple[list[float], list[float]] = ([], [])
    statuses = {each().status_code for each in (pair.one, pair.other) * 3}
    assert len(statuses) == 1, f"{pair.name}: told apart by {statuses}"
    for _round in range(max(3, round(rounds * pair.share))):
        for which in chance.sample((0, 1), 2):
            begun = time.perf_counter()
            (pair.one, pair.other)[which]()
            taken[which].append((time.perf_counter() - begun) * 1000)
    return taken


def format_line(pair: Pair, one: list[float], other: list[float], chance: random.Random) -> str:
    """A line with the medians, their ratio and its range."""
    first, second = statistics.median(one), statistics.median(other)
    ratios = sorted(
        statistics.median(chance.choices(other, k=len(other))) / statistics.median(chance.choices(one, k=len(one)))
        for _time in range(RESAMPLINGS)
    )
    low, high = ratios[RESAMPLINGS // 40], ratios[-RESAMPLINGS // 40]
    return f"{pair.name:<54} {first:8.2f} {second:8.2f} ms  {second / first:5.2f} ({low:.2f} to {high:.2f})"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m trials.enumeration")
    parser.add_argument("--rounds", type=int, default=300, help="how often each question is asked (300)")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    os.environ.update({"LOOKUP_MISSES_PER_EMPLOYER": "999999999/hour", "PREVIEWS_PER_WORKER": "999999999/day"})
    set_up()
    logging.disable()
    setup_test_environment()
    chance = random.Random(options.seed)
    with own_database() as (_database, vendor):
        print(
            f"{vendor}, {options.rounds} rounds, seed {options.seed}; the median of the one, of the other, their ratio"
        )
        for pairs in (receipts, numbers, workers, sign_ins):
            for pair in pairs():
                print(format_line(pair, *measure(pair, options.rounds, chance), chance), flush=True)


if __name__ == "__main__":
    main()
