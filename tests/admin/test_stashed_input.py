"""Input of a decision survives the idle sign-out: for the same account, on the same page, once."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.test import Client
from django_otp.oath import totp

from declarations.filing import decisions
from declarations.models import AuthenticatorApp, Decision, Declaration, Period, PeriodLock

from ..support.builders import BY_NAME, MONDAY, answers_for, submit, without
from ..support.pages import page_text
from ..support.staff import PASSWORD, member, signed_in_client

pytestmark = pytest.mark.django_db

TYPED = {"verdict": "nobody", "ssin": "", "note": "Nobody of that name."}
TOLD = "Nothing has been done yet. The form shows again what you had filled in."


@pytest.fixture
def declaration(at) -> Declaration:
    return submit({**without(answers_for("XXX", "OTH"), "ssin"), **BY_NAME}, at(MONDAY))


def page_of(declaration: Declaration) -> str:
    return f"/admin/declarations/pendingdeclaration/{declaration.pk}/change/"


def too_late(account: User, at, url: str, typed: dict[str, str]) -> Client:
    """A client that posted a form twenty minutes after its last page, and was redirected to the sign-in."""
    at("2026-03-02 10:00")
    client = signed_in_client(account)
    assert client.get(url).status_code == 200
    at("2026-03-02 10:20")
    answer = client.post(url, typed)
    assert answer.url == f"/admin/login/?next={url}"
    assert "You were signed out because you had been inactive" in page_text(client.get(answer.url))
    return client


def sign_in_again(client: Client, account: User, url: str) -> None:
    """Sign in with that account, and return to the page."""
    app, _made = AuthenticatorApp.objects.get_or_create(user=account)
    data = {"username": account.username, "password": PASSWORD, "otp_token": f"{totp(app.key):06}", "next": url}
    assert client.post(f"/admin/login/?next={url}", data).url == url


@pytest.mark.parametrize("button", ["decide", "show", "show_ssin"])
def test_what_was_typed_of_a_decision_is_there_again_once(declaration, at, button):
    account, url = member("Reviewer"), page_of(declaration)
    client = too_late(account, at, url, {**TYPED, button: "1"})
    sign_in_again(client, account, url)
    page = client.get(url)
    assert TOLD in page_text(page)
    assert {name: page.context["form"][name].value() for name in TYPED} == TYPED
    again = client.get(url)
    assert TOLD not in page_text(again)
    assert again.context["form"]["note"].value() is None
    assert not Decision.objects.exists()


def test_it_is_nobody_else_s(declaration, at):
    url = page_of(declaration)
    client = too_late(member("Reviewer"), at, url, TYPED)
    other = member("")
    other.is_superuser = True
    other.save()
    sign_in_again(client, other, url)
    page = client.get(url)
    assert page.context["form"]["note"].value() is None
    assert TOLD not in page_text(page)
    assert TYPED["note"] not in str(dict(client.session.items()))


def test_it_stands_on_no_other_page_and_nowhere_in_the_open(declaration, at):
    account, url = member("Reviewer"), page_of(declaration)
    another = submit({**without(answers_for("XXX", "OTH"), "ssin"), **BY_NAME}, at("2026-03-02 09:30"))
    client = too_late(account, at, url, TYPED)
    assert [row for row in Session.objects.all() if db.SessionStore().decode(row.session_data)] == []
    sign_in_again(client, account, url)
    assert client.get(page_of(another)).context["form"]["note"].value() is None
    assert client.get(url).context["form"]["note"].value() == TYPED["note"]


def test_the_note_of_a_lock_is_kept_and_no_other_form(at):
    period = submit(answers_for("XXX", "STU"), at(MONDAY)).period
    account, url = member("Reviewer"), f"/admin/declarations/period/{period.pk}/lock/"
    client = too_late(account, at, url, {"is_locked": "True", "note": "Inspection."})
    sign_in_again(client, account, url)
    form = client.get(url).context["form"]
    assert (form["note"].value(), form["is_locked"].value()) == ("Inspection.", True)
    assert not PeriodLock.objects.exists()
    assert Period.objects.get().locked_at is None


def test_a_lock_that_somebody_else_made_meanwhile_is_not_undone(at):
    period = submit(answers_for("XXX", "STU"), at(MONDAY)).period
    account, url = member("Reviewer"), f"/admin/declarations/period/{period.pk}/lock/"
    client = too_late(account, at, url, {"is_locked": "True", "note": "Inspection."})
    decisions.set_lock(period, is_locked=True, note="Another.", by=member(""), at=at("2026-03-02 10:21"))
    sign_in_again(client, account, url)
    page = client.get(url)
    assert page.context["form"]["note"].value() is None
    assert "Somebody else has already done this" in page_text(page)
    assert TOLD not in page_text(page)


def test_what_another_window_sends_after_the_sign_out_is_kept_too(declaration, at):
    account, url = member("Reviewer"), page_of(declaration)
    client = too_late(account, at, url, {**TYPED, "note": "First."})
    assert client.post(url, TYPED).url == f"/admin/login/?next={url}"
    sign_in_again(client, account, url)
    assert client.get(url).context["form"]["note"].value() == TYPED["note"]
    assert not Decision.objects.exists()


def test_a_note_that_is_too_long_is_refused_as_ever(declaration, at):
    account, url = member("Reviewer"), page_of(declaration)
    client = too_late(account, at, url, {**TYPED, "note": "x" * 9999})
    sign_in_again(client, account, url)
    note = client.get(url).context["form"]["note"].value()
    assert "note" in client.post(url, {**TYPED, "note": note}).context["form"].errors


def test_no_password_is_kept(at):
    url = "/admin/password_change/"
    client = too_late(member("Reviewer"), at, url, {"old_password": PASSWORD, "note": "x"})
    assert "office_typed" not in client.session


def test_who_sends_a_form_after_the_session_ended_is_told_why(declaration, at):
    at("2026-03-02 10:00")
    client, url = signed_in_client(member("Reviewer")), page_of(declaration)
    assert client.get(url).status_code == 200
    at("2026-03-04 10:00")
    answer = client.post(url, TYPED)
    assert answer.url == f"/admin/login/?next={url}"
    assert "You are not signed in: nothing was done." in page_text(client.get(answer.url))
    assert not Decision.objects.exists()


def test_who_only_comes_to_the_sign_in_is_told_nothing(client):
    for answer in (client.get("/admin/", follow=True), client.post("/admin/login/", {"username": "x"})):
        assert "You were signed out because you had been inactive" not in page_text(answer)
        assert "You are not signed in" not in page_text(answer)
