"""Drafts: sealed copies, drafts restored after the session is over, and how many a browser keeps."""

from __future__ import annotations

import base64
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from declarations.encryption import encrypt
from declarations.models import Declaration
from declarations.wizard.draft_copy import decrypt_copy, encrypt_copy
from declarations.wizard.draft_storage import MAX_DRAFTS

from ..support.builders import ERIC, MONDAY, Walk, answers_for, submitted_declaration

KEY, OTHER_KEY = (f"wizard_in-{uuid4()}" for _draft in range(2))
DATA = {"step": None, "step_data": {"worker": {"worker-family_name": ["Éxémple 'ɑ漢"]}}, "extra_data": {}}


def test_a_sealed_copy_opens_again():
    sealed = encrypt_copy(KEY, DATA)
    assert decrypt_copy(KEY, sealed) == DATA
    assert "xémple" not in sealed


def test_a_copy_is_small(client, db, at):
    at(MONDAY)
    copy = Walk(client).to("overview", answers_for("322", "BCW")).hidden()["draft_copy"]
    assert len(copy) < 1000


def swapped(text: str, position: int) -> str:
    """The text with one character changed."""
    return text[:position] + ("A" if text[position] != "A" else "B") + text[position + 1 :]


@pytest.mark.parametrize(
    "copy",
    [
        "",
        "x",
        "\0",
        ":",
        "né漢",
        "gAAAA" * 50,
        encrypt_copy(KEY, DATA)[:-1],
        swapped(encrypt_copy(KEY, DATA), 60),
        swapped(encrypt_copy(KEY, DATA), 3),
        encrypt_copy(OTHER_KEY, DATA),
        encrypt("not base 85 at all: \" \\"),
        encrypt(base64.b85encode(b"not compressed").decode()),
        encrypt(""),
    ],
)  # fmt: skip
def test_a_copy_that_is_not_ours_opens_nothing(copy):
    assert decrypt_copy(KEY, copy) is None


def test_a_copy_grows_too_old(at, settings):
    moment = at(MONDAY)
    sealed = encrypt_copy(KEY, DATA)
    at((moment + timedelta(seconds=settings.DRAFT_COPY_MAX_AGE)).strftime("%Y-%m-%d %H:%M"))
    assert decrypt_copy(KEY, sealed) == DATA
    at((moment + timedelta(seconds=settings.DRAFT_COPY_MAX_AGE + 60)).strftime("%Y-%m-%d %H:%M"))
    assert decrypt_copy(KEY, sealed) is None


@pytest.fixture
def on_period(client, db, at) -> Walk:
    """A draft whose period is being filled in."""
    at(MONDAY)
    return Walk(client).to("period", answers_for("XXX", "OTH"))


def test_a_post_restores_the_draft_of_an_expired_session(on_period):
    """formtools: step 4 is read as step 1, and everything is lost."""
    copy = on_period.get("period").context["draft_copy"]
    Session.objects.all().delete()
    answer = on_period.post("period", answers_for("XXX", "OTH"), draft_copy=copy)
    assert answer.url == on_period.url("overview")
    assert submitted_declaration(on_period.confirm()).worker.ssin == ERIC


def test_a_draft_is_there_the_next_morning_and_gone_a_day_later(on_period, at):
    copy = on_period.get("period").context["draft_copy"]
    at("2026-03-03 07:00")
    assert on_period.get("period").status_code == 200
    at("2026-03-04 07:00")
    assert on_period.get("period").status_code == 410
    assert on_period.post("period", answers_for("XXX", "OTH"), draft_copy=copy).status_code == 410


def test_confirm_restores_the_draft_and_files(client, db, at):
    at(MONDAY)
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    page = walk.hidden()
    other_browser = Client()
    assert submitted_declaration(other_browser.post(walk.url("overview"), page)).worker.ssin == ERIC


@pytest.mark.parametrize("button", [{"language": "fr"}, {"go": "previous"}, {"go": "refresh"}])
def test_the_other_buttons_restore_it_too(on_period, button):
    copy = on_period.get("period").context["draft_copy"]
    Session.objects.all().delete()
    answer = on_period.client.post(on_period.url("period"), {"draft_copy": copy, **button}, follow=True)
    assert answer.status_code == 200
    assert on_period.stored_input()["worker-ssin"] == ERIC


def test_a_copy_too_old_or_tampered_gives_the_page_that_explains(on_period, at):
    copy = on_period.get("period").context["draft_copy"]
    Session.objects.all().delete()
    for each in ("", swapped(copy, 99), "junk"):
        answer = on_period.post("period", answers_for("XXX", "OTH"), draft_copy=each)
        assert answer.status_code == 410
        assert "This declaration is no longer available" in answer.text
        assert "Nothing was sent." in answer.text
    at("2026-03-03 09:01")
    assert on_period.post("period", answers_for("XXX", "OTH"), draft_copy=copy).status_code == 410
    assert not Declaration.objects.exists()


def test_the_copy_of_another_draft_restores_nothing(on_period):
    copy = on_period.get("period").context["draft_copy"]
    other = Walk(Client(), draft=uuid4())
    assert other.post("period", answers_for("XXX", "OTH"), draft_copy=copy).status_code == 410


def test_a_copy_never_overwrites_a_draft_that_is_there(on_period):
    old = on_period.get("period").context["draft_copy"]
    on_period.next("worker", answers_for("XXX", "OTH", ssin="79430345062"))
    on_period.post("period", answers_for("XXX", "OTH"), draft_copy=old)
    assert on_period.stored_input()["worker-ssin"] == "79430345062"


def test_a_browser_keeps_the_newest_drafts(client, db, at):
    at("2026-03-02 08:00")
    oldest = Walk(client).begin()
    at("2026-03-02 09:00")
    others = [Walk(client).begin() for _draft in range(MAX_DRAFTS)]
    assert oldest.get("start").status_code == 410
    assert others[0].get("start").status_code == 200
    assert len(client.get("/en/").context["unfinished_drafts"]) == MAX_DRAFTS
