"""Nothing can be found out by trying: the response for a missing receipt, number or account equals another's.

This compares bytes, headers and statements; `python -m trials.enumeration` measures time.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from random import Random
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from declarations.models import AuthenticatorApp, Declaration, Notification, NotificationState, receipt_token
from declarations.models import filed as filed_models
from trials import enumeration
from trials.enumeration import Pair

from ..support.builders import MONDAY, answers_for, submit_pages
from ..support.sealing import command, seal_all

pytestmark = pytest.mark.django_db

LONG_AFTER = "2046-05-01 12:00"
UNKNOWN = "not-a-receipt-that-was-given-000"


def told(answer: Any, address: str) -> tuple[Any, ...]:
    """Everything that a client receives, except the request's identifier and the requested address."""
    # The parts of a policy come in any order.
    headers = {name: sorted(value.split("; ")) for name, value in answer.items() if name != "X-Request-ID"}
    cookies = {name: {**morsel} for name, morsel in answer.cookies.items()}
    text = answer.text.replace(address.partition("/receipt/")[2] or address, "…")
    return answer.status_code, headers, cookies, re.sub('value="[A-Za-z0-9]{64}"', "", text)


def asked(client: Client, path: str, data: dict[str, str] | None = None) -> tuple[tuple[Any, ...], list[str]]:
    """The response and its statements, without values."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path) if data is None else client.post(path, data)
    return told(answer, path), [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries]


# -- receipts --------------------------------------------------------------------------------------------------


def test_the_address_of_a_receipt_is_192_random_bits(monkeypatch):
    """All bits come from the system's random source."""
    asked_for = []

    def random_bytes(count: int) -> bytes:
        asked_for.append(count)
        return bytes(range(count))

    monkeypatch.setattr(filed_models.secrets, "token_bytes", random_bytes)
    token = receipt_token()
    assert urlsafe_b64decode(token) == bytes(range(24))
    assert asked_for == [24]
    field = Declaration._meta.get_field("receipt_token")
    assert (field.default, field.unique, field.max_length) == (receipt_token, True, len(token))


# The posted fields by address; None for a GET.
PATHS: dict[str, dict[str, str] | None] = {
    "/en/receipt/{}/": None,
    "/nl/receipt/{}/": None,
    "/en/receipt/{}/correct/": {},
    "/en/receipt/{}/out/": {},
}


def test_a_receipt_that_was_removed_is_one_that_never_was(client, at):
    at(MONDAY)
    kept = submit_pages(client, answers_for("XXX", "OTH")).receipt_token
    removed = submit_pages(client, answers_for("XXX", "T17")).receipt_token
    Notification.objects.update(state=NotificationState.SENT)
    seal_all()
    at(LONG_AFTER)
    command("apply_retention")
    assert not Declaration.objects.filter(receipt_token=removed).exists()
    tokens = [UNKNOWN, removed, kept[:-1] + ("A" if kept[-1] != "A" else "B"), kept.swapcase()]
    for path, data in PATHS.items():
        answers = [asked(Client(), path.format(token), data) for token in tokens]
        assert answers[0][0][0] == 404
        for answer in answers[1:]:
            assert answer == answers[0], path


# -- accounts --------------------------------------------------------------------------------------------------


@pytest.fixture
def anna(db) -> User:
    account = User.objects.create_user("anna", password="three-words-and-27", is_staff=True)
    AuthenticatorApp.objects.create(user=account)
    return account


def test_an_account_that_is_there_is_answered_as_one_that_is_not(anna, at):
    """The number of statements is the same, and a password is hashed in both cases."""
    at(MONDAY)
    answers = []
    for position, name in enumerate(("bert", "anna", "bert", "anna")):
        browser = Client(REMOTE_ADDR=f"10.0.0.{position}")
        typed = {"username": name, "password": "wrong", "otp_token": "123456"}
        answer, statements = asked(browser, "/admin/login/", typed)
        answers.append((*answer[:3], answer[3].replace(name, ""), statements))
    assert answers[0][0] == 200
    assert answers[2] == answers[3]


def test_a_lock_out_tells_no_account(anna, at, settings):
    at(MONDAY)
    answers = []
    for position, name in enumerate(("bert", "anna")):
        browser = Client(REMOTE_ADDR=f"10.0.0.{position}")
        typed = {"username": name, "password": "wrong", "otp_token": "123456"}
        answers.append([asked(browser, "/admin/login/", typed)[0] for _try in range(settings.AXES_FAILURE_LIMIT + 1)])
    assert [answer[0] for answer in answers[0]] == [answer[0] for answer in answers[1]]
    assert answers[0][-1][0] == 429
    assert answers[0][-1] == answers[1][-1]


# -- the command that measures ---------------------------------------------------------------------------------


def test_the_ratio_is_that_of_the_medians():
    line = enumeration.format_line(Pair("one / other", str, str), [1, 2, 9], [4, 4, 4], Random(1))
    assert re.sub(" +", " ", line) == "one / other 2.00 4.00 ms 2.00 (0.44 to 4.00)"


def test_what_differs_in_its_answer_is_not_measured():
    pair = Pair("receipt / page", lambda: HttpResponse(status=404), HttpResponse)
    with pytest.raises(AssertionError, match="told apart by"):
        enumeration.measure(pair, 3, Random(1))
    one, other = enumeration.measure(Pair("page / page", HttpResponse, HttpResponse), 4, Random(1))
    assert (len(one), len(other)) == (4, 4)
