"""Confirm files once: pressed twice, by two or three tabs at the same instant, or again after a failure."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from declarations.enums import Status
from declarations.filing import submission
from declarations.models import Declaration, DeclarationAnomaly, DeclarationRank, Period, Worker
from declarations.wizard.draft import Draft

from ..support.builders import BY_NAME, MONDAY, RESTAURANT, Walk, answers_for, codes, submitted_declaration, worker

CASES = {
    "a worker of the register": answers_for("XXX", "OTH"),
    "an SSIN never seen": answers_for("XXX", "OTH", ssin="88010110175"),
    "nobody identified": {**answers_for("XXX", "OTH"), **BY_NAME},
    "refused": answers_for("XXX", "T17"),
}


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What the acts return, each done in a thread with a database connection of its own."""

    def alone(act: Callable[[], Any]) -> Any:
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result() for each in [pool.submit(alone, act) for act in acts]]


@pytest.fixture
def meet(monkeypatch) -> Callable[[int], None]:
    """`meet(n)`: the next n Confirms wait for one another just before they file."""

    def prepare(count: int) -> None:
        barrier, filing = Barrier(count, timeout=20), submission.submit
        expected = [barrier] * count

        def filing_together(*args: Any, **kwargs: Any) -> Any:
            if expected:
                expected.pop().wait()
            return filing(*args, **kwargs)

        monkeypatch.setattr(submission, "submit", filing_together)

    return prepare


def same_browser(client: Client) -> Client:
    """Another tab: the same cookies."""
    tab = Client()
    tab.cookies.load({name: morsel.value for name, morsel in client.cookies.items()})
    return tab


@pytest.mark.django_db
@pytest.mark.parametrize("answers", CASES.values(), ids=CASES)
def test_confirm_pressed_twice_files_once(client, at, answers):
    """formtools: two declarations, or an empty first step with errors."""
    at(MONDAY)
    walk = Walk(client).to("overview", answers)
    page = walk.hidden()
    first, second = (client.post(walk.url("overview"), page) for _press in range(2))
    assert first.url == second.url
    assert submitted_declaration(second) == Declaration.objects.get()


@pytest.mark.django_db
def test_every_page_of_a_filed_draft_leads_to_its_receipt(client, at):
    """formtools: the wizard begins anew."""
    at(MONDAY)
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    receipt = walk.confirm().url
    for step in ("start", "worker", "overview"):
        assert client.get(walk.url(step)).url == receipt
        assert client.post(walk.url(step), {"worker-ssin": "1"}).url == receipt
    assert Declaration.objects.count() == 1


@pytest.mark.django_db
def test_the_address_of_a_draft_does_not_open_its_receipt_elsewhere(client, at):
    """Only the browser that filed it, or the copy that only its page held, leads on to the receipt."""
    at(MONDAY)
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    copy = walk.hidden()["draft_copy"]
    receipt = walk.confirm().url
    stranger = Client()
    for answer in (stranger.get(walk.url("overview")), stranger.post(f"/en/in/{walk.draft}/discard/")):
        assert answer.status_code == 410
        assert "It has already been sent." in answer.text
        assert "Nothing was sent" not in answer.text
    assert stranger.post(walk.url("overview"), {"draft_copy": copy}).url == receipt


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("tabs", [2, 3])
@pytest.mark.parametrize("answers", CASES.values(), ids=CASES)
def test_simultaneous_confirms_file_once(client, at, meet, tabs, answers):
    """formtools: as many declarations as there were Confirms."""
    at(MONDAY)
    worker()
    walk = Walk(client).to("overview", answers)
    page = walk.hidden()
    meet(tabs)
    browsers = [same_browser(client) for _tab in range(tabs)]
    found = at_once(*(lambda tab=tab: tab.post(walk.url("overview"), page) for tab in browsers))
    assert [answer.status_code for answer in found] == [302] * tabs
    declaration = Declaration.objects.get()
    assert {answer.url for answer in found} == {f"/en/receipt/{declaration.receipt_token}/"}
    assert Period.objects.count() == Status(declaration.status).is_accepted
    assert client.get("/en/").context["unfinished_drafts"] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("answers", [CASES["a worker of the register"], CASES["an SSIN never seen"]])
def test_the_same_declaration_begun_twice_is_accepted_once(client, at, meet, answers):
    """Two drafts confirmed at the same instant: the second one sees the first one's period, and is not filed."""
    at(MONDAY)
    worker()
    drafts = [Walk(Client()).to("overview", answers) for _draft in range(2)]
    pages = [walk.hidden() for walk in drafts]
    meet(2)
    found = at_once(
        *(lambda walk=walk, page=page: walk.client.post(walk.url("overview"), page)
          for walk, page in zip(drafts, pages, strict=True))
    )  # fmt: skip
    assert sorted(answer.status_code for answer in found) == [200, 302]
    shown = next(answer for answer in found if answer.status_code == 200)
    assert "90373-333" in shown.text
    assert shown.context["change_notice"]
    assert Declaration.objects.get().status == Status.ACCEPTED


@pytest.mark.django_db(transaction=True)
def test_hours_of_one_student_at_two_employers_are_added_up(client, at, meet):
    """Two employers file 400 of a student's 650 hours at the same instant: one of them is warned before it files."""
    at(MONDAY)
    worker()
    drafts = [
        Walk(Client()).to("overview", answers_for("XXX", "STU", employer_number=number, planned_hours="400"))
        for number in (RESTAURANT, "0852093431")
    ]
    pages = [walk.hidden() for walk in drafts]
    meet(2)
    found = at_once(
        *(lambda walk=walk, page=page: walk.client.post(walk.url("overview"), page)
          for walk, page in zip(drafts, pages, strict=True))
    )  # fmt: skip
    assert sorted(answer.status_code for answer in found) == [200, 302]
    warned = next(walk for walk, answer in zip(drafts, found, strict=True) if answer.status_code == 200)
    again = next(answer for answer in found if answer.status_code == 200)
    assert codes(submitted_declaration(warned.client.post(warned.url("overview"), warned.hidden(again)))) == {
        "90017-369"
    }


@pytest.mark.django_db
def test_a_failure_after_the_insert_files_nothing_half(client, at, monkeypatch):
    """formtools: the declaration stands, the user sees an error and files another one."""
    at(MONDAY)
    late = answers_for("XXX", "OTH", ssin="88010110274", start_date="1/3/2026")
    walk = Walk(client).to("overview", late)
    page, models = walk.hidden(), (Declaration, DeclarationRank, Period, Worker)
    before = [model._default_manager.count() for model in models]
    client.raise_request_exception = False
    with monkeypatch.context() as patch:
        manager = type(DeclarationAnomaly.objects)
        patch.setattr(manager, "bulk_create", fail, raising=False)
        assert client.post(walk.url("overview"), page).status_code == 500
    assert [model._default_manager.count() for model in models] == before
    declaration = submitted_declaration(client.post(walk.url("overview"), page))
    assert Declaration.objects.get() == declaration
    assert declaration.period == Period.objects.get()


def fail(*args: Any, **kwargs: Any) -> None:
    raise OSError("the disk is full")


@pytest.mark.django_db
def test_a_confirm_that_finds_its_draft_filed_meanwhile_leads_to_the_receipt(client, at, monkeypatch):
    """The other Confirm files and closes the draft just after this one has looked for a filed declaration."""
    at(MONDAY)
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    page, faster = walk.hidden(), same_browser(client)
    restore, receipts = Draft.restore, []

    def overtaken(draft, copy):
        monkeypatch.setattr(Draft, "restore", restore)
        receipts.append(faster.post(walk.url("overview"), page).url)
        return restore(draft, copy)

    monkeypatch.setattr(Draft, "restore", overtaken)
    assert [walk.post("overview", **page).url] == receipts
    assert Declaration.objects.count() == 1
