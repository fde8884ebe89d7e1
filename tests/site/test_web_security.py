"""Web security: headers of every page, access restrictions, and the handling of refused posts."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.conf import settings as project_settings
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse

from declarations.client_address import client_address
from declarations.filing.throttling import count_filing, filing_blocked_until
from declarations.models import AttemptCount, Declaration
from declarations.wizard.draft import Draft

from ..support.builders import MONDAY, Walk, answers_for, step_data, submit_pages, submitted_declaration
from ..support.pages import page_text
from ..support.staff import PASSWORD, signed_in_client

pytestmark = [pytest.mark.django_db, pytest.mark.pages]

LOGIN = "/admin/login/"
HOUR = timedelta(hours=1)
NOW = datetime(2026, 3, 2, 12, 20, tzinfo=UTC)
ONE_O_CLOCK = datetime(2026, 3, 2, 13, tzinfo=UTC)

# -- what every page tells the browser -------------------------------------------------------------------------

POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "style-src-attr": "'none'",
    "img-src": "'self' data:", "font-src": "'self'", "connect-src": "'self'", "form-action": "'self'",
    "frame-ancestors": "'none'", "base-uri": "'none'",
}  # fmt: skip
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": project_settings.PERMISSIONS_POLICY,
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}


@pytest.fixture
def over_tls(settings) -> None:
    """Production settings for TLS; the tests run with development settings."""
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True


@pytest.fixture
def answers(over_tls, at, admin_user: User) -> dict[str, Any]:
    """A response of every kind of page, by name."""
    at(MONDAY)
    client, office = Client(headers={"x-forwarded-proto": "https"}), signed_in_client(admin_user)
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    begun = Walk(client).begin()
    get = client.get
    found = {
        "home": get("/en/", secure=True),
        "home begins": client.post("/en/", step_data("start", answers_for("XXX", "OTH")), secure=True),
        "home in error": client.post("/en/", {"start-employer_number": "1"}, secure=True),
        "step": get(walk.url("worker"), secure=True),
        "step in error": client.post(begun.url("worker"), {"worker-knows_ssin": "1"}, secure=True),
        "step before its turn": get(begun.url("overview"), secure=True),
        "overview": get(walk.url("overview"), secure=True),
        "discard": get(reverse("discard", kwargs={"kind": "in", "draft": begun.draft}), secure=True),
        "lost": Client().get(walk.url("worker"), secure=True),
        "no token": Client(enforce_csrf_checks=True).post(walk.url("worker"), {"worker-ssin": "1"}, secure=True),
        "discarded": get("/en/discarded/", secure=True),
        "rules": get("/en/rules/", secure=True),
        "contact": get("/en/contact/", secure=True),
        "accessibility": get("/en/accessibility/", secure=True),
        "no language": get("/", secure=True),
        "not found": get("/en/nothing/", secure=True),
        "bad request": get("/en/in/00000000-0000-4000-8000-000000000000/nothing/", secure=True),
        "other charset": client.generic("POST", "/en/", b"a=b", "text/plain; charset=utf-7", secure=True),
        "alive": get("/healthz", secure=True),
        "metrics": get("/metrics", secure=True),
        "sign-in": get(LOGIN, secure=True),
        "office": office.get("/admin/", secure=True),
        "office list": office.get("/admin/declarations/declaration/", secure=True),
        "office search": office.get("/admin/declarations/worker/?q=85.07.30-033.28", secure=True),
    }
    client.post(begun.url("worker"), {"go": "discard"}, secure=True)
    confirmed = client.post(walk.url("overview"), walk.hidden(found["overview"]), secure=True)
    receipt = confirmed["Location"]
    return found | {
        "confirmed": confirmed,
        "receipt": get(receipt, secure=True),
        "filed draft": get(walk.url("overview"), secure=True),
        "receipt leads on": client.post(f"{receipt}out/", secure=True),
        "receipt not found": get(receipt[:-3] + "x/", secure=True),
    }


# Pages without personal data; every other response must not be cached.
IMPERSONAL = {
    "discarded", "rules", "contact", "accessibility", "no language", "not found", "receipt not found", "bad request",
    "other charset",
}  # fmt: skip
OFFICE = {"office", "office list", "office search"}


def directives(answer: Any) -> dict[str, str]:
    """The content security policy of a response."""
    parts = (part.strip().partition(" ") for part in answer["Content-Security-Policy"].split(";"))
    return {name: value for name, _blank, value in parts}


def test_every_page_has_its_headers(answers: dict[str, Any]):
    """Compares all pages and headers at once, to show every difference."""
    wrong = {
        (name, header): answer.get(header)
        for name, answer in answers.items()
        for header, value in HEADERS.items()
        if answer.get(header) != value
    }
    assert wrong == {}
    policies = {name: directives(answer) for name, answer in answers.items()}
    for name, policy in policies.items():
        styled = {"style-src-attr": "'unsafe-inline'"} if name in OFFICE else {}
        assert policy == {**POLICY, **styled}, name


def test_every_page_about_somebody_stays_out_of_caches(answers: dict[str, Any]):
    kept = {name for name, answer in answers.items() if "no-store" not in answer.get("Cache-Control", "")}
    assert kept == IMPERSONAL


def test_no_page_holds_style_or_script_of_its_own(answers: dict[str, Any]):
    """Pages contain nothing that the policy would block; only the office has style attributes."""
    for name, answer in answers.items():
        found = re.findall(r"<style|<script(?![^>]* src=)|\son\w+=|javascript:", answer.text)
        assert name in OFFICE or found == [], name
        assert name in OFFICE or " style=" not in answer.text, name


def test_every_cookie_is_for_this_site_over_tls_and_no_script(answers: dict[str, Any]):
    given = [morsel for answer in answers.values() for morsel in answer.cookies.values()]
    # The empty cookie that deletes the messages cookie needs no protection.
    morsels = [morsel for morsel in given if morsel["max-age"] != 0]
    assert {morsel.key for morsel in morsels} >= {"sessionid", "csrftoken"}
    for morsel in morsels:
        assert (morsel["secure"], morsel["httponly"], morsel["samesite"]) == (True, True, "Lax"), morsel.key
        assert (morsel["path"], morsel["domain"]) == ("/", "")


def test_a_public_page_begins_no_session(client: Client):
    for page in ("/en/", "/en/rules/", "/en/contact/"):
        assert "sessionid" not in client.get(page).cookies


# -- where one is led ------------------------------------------------------------------------------------------

ELSEWHERE = (
    "https://evil.example/", "//evil.example/", "///evil.example/", "/\\evil.example/", "\\\\evil.example",
    "https:evil.example", "http:///evil.example", "javascript:alert(1)", "https://testserver@evil.example/",
    "//evil.example%2f..", " //evil.example", "\t//evil.example", "https://testserver.evil.example/",
)  # fmt: skip


def code_of(account: User) -> str:
    """The current six-digit code."""
    from django_otp.oath import totp

    from declarations.models import AuthenticatorApp

    return f"{totp(AuthenticatorApp.objects.get_or_create(user=account)[0].key):06}"


@pytest.fixture
def anna() -> User:
    return User.objects.create_user("anna", password=PASSWORD, is_staff=True)


def sign_in(client: Client, account: User, **more: Any) -> Any:
    typed = {"username": account.username, "password": PASSWORD, "otp_token": code_of(account)}
    return client.post(LOGIN, {**typed, **more})


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_next_leads_elsewhere(client: Client, anna: User, target: str):
    answer = client.post(LOGIN, {"username": "anna", "password": PASSWORD, "otp_token": code_of(anna), "next": target})
    assert answer.status_code == 302
    assert "evil" not in answer["Location"]
    assert "javascript" not in answer["Location"]


@pytest.mark.parametrize(
    "path", ["//evil.example", "//evil.example/", "/\\evil.example/x", "/%5cevil.example", "/en//evil.example", "/en"]
)
def test_no_path_leads_elsewhere(client: Client, path: str):
    """Adding a slash or a language never turns a path into another host's address."""
    # Set PATH_INFO directly: the client itself would read the text after two slashes as a host.
    answer = client.get("/", PATH_INFO=path)
    assert answer.request["PATH_INFO"] == path
    assert not re.match(r"[/\\]{2}|\w+:", answer.get("Location", "/"))
    for link in re.findall(r'(?:href|action)="([^"]*)"', answer.text):
        assert "evil.example" not in link or re.match(r"/[^/\\]", link), link


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver:80@evil.example", "", "a b"])
def test_another_host_is_refused(client: Client, host: str):
    answer = client.get("/en/", headers={"host": host})
    assert (answer.status_code, "Set-Cookie" in answer) == (400, False)
    assert "evil" not in answer.text


def test_a_forwarded_host_counts_for_nothing(client: Client):
    answer = client.get("/", headers={"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"})
    assert "evil" not in str(answer.headers)


# -- sessions --------------------------------------------------------------------------------------------------


def test_a_session_that_was_planted_is_not_the_one_that_is_signed_in(client: Client, anna: User):
    client.get(LOGIN)
    client.post("/en/", step_data("start", answers_for("XXX", "OTH")))
    before = client.cookies["sessionid"].value
    assert sign_in(client, anna).status_code == 302
    assert client.cookies["sessionid"].value != before
    stranger = Client()
    stranger.cookies["sessionid"] = before
    assert stranger.get("/admin/").status_code == 302


def test_a_session_is_never_named_by_the_browser(client: Client):
    client.cookies["sessionid"] = "a" * 32
    client.post("/en/", step_data("start", answers_for("XXX", "OTH")))
    assert client.cookies["sessionid"].value != "a" * 32


def test_signing_out_ends_the_session(client: Client, anna: User):
    sign_in(client, anna)
    kept = client.cookies["sessionid"].value
    client.post("/admin/logout/")
    stranger = Client()
    stranger.cookies["sessionid"] = kept
    assert stranger.get("/admin/").status_code == 302


# -- a post without its token ----------------------------------------------------------------------------------


def offered(page: Any) -> dict[str, str]:
    """The fields of the form on the refusal page without its token; empty without a form."""
    assert page.status_code == 403
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    return {html.unescape(name): html.unescape(value) for name, value in found}


def browser_without_cookies(walk: Walk) -> Client:
    """A browser whose cookies were deleted while the page was open: no session, no token, only the page."""
    walk.client = Client(enforce_csrf_checks=True)
    return walk.client


TYPED = {"worker-knows_ssin": "true", "worker-ssin": "85.07.30-033.28 \"<b>'&"}


@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
def test_what_was_typed_comes_back_on_its_page(client: Client, at, language: str):
    at(MONDAY)
    walk = Walk(client, language).to("worker", answers_for("XXX", "OTH"))
    copy = walk.get("worker").context["draft_copy"]
    browser = browser_without_cookies(walk)
    refused = browser.post(walk.url("worker"), {**TYPED, "draft_copy": copy})
    fields = offered(refused)
    token = fields.pop("csrfmiddlewaretoken")
    assert fields == {**TYPED, "draft_copy": copy, "language": language}
    answer = browser.post(walk.url("worker"), {**fields, "csrfmiddlewaretoken": token})
    assert answer["Location"] == walk.url("worker")
    page = browser.get(answer["Location"])
    assert html.escape(TYPED["worker-ssin"]).replace("&#x27;", "&#39;") in page.text.replace("&#x27;", "&#39;")
    assert page.context["form"].errors == {}


def test_the_first_page_comes_back_too(at):
    at(MONDAY)
    browser = Client(enforce_csrf_checks=True)
    fields = offered(browser.post("/en/", step_data("start", answers_for("XXX", "OTH"))))
    page = browser.get(browser.post("/en/", fields)["Location"])
    assert "0852093431" in page.text


def test_no_press_on_that_page_files(client: Client, at):
    """Neither at once nor by its only button: the overview is shown first."""
    at(MONDAY)
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    shown = walk.hidden()
    browser = browser_without_cookies(walk)
    fields = offered(browser.post(walk.url("overview"), {**shown, "overview-employer_reference": "R 1"}))
    assert set(fields) == {"csrfmiddlewaretoken", "draft_copy", "overview-employer_reference", "language"}
    answer = browser.post(walk.url("overview"), fields)
    assert answer["Location"] == walk.url("overview")
    assert not Declaration.objects.exists()
    page = browser.get(answer["Location"])
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[0]
    confirmed = browser.post(walk.url("overview"), {**walk.hidden(page), "csrfmiddlewaretoken": token})
    assert submitted_declaration(confirmed) == Declaration.objects.get()


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"referer": "https://evil.example/"},
        {},
    ],
)
def test_another_site_s_form_is_not_offered_again(client: Client, at, headers: dict[str, str]):
    """Over TLS without Origin and Referer, the source of the post is unknown too."""
    at(MONDAY)
    walk = Walk(client).to("worker", answers_for("XXX", "OTH"))
    browser = Client(enforce_csrf_checks=True)
    browser.get("/en/")
    refused = browser.post(walk.url("worker"), TYPED, headers=headers, secure=True)
    assert offered(refused) == {}
    assert "85.07.30" not in refused.text
    assert "Nothing was sent to the NSSO" in refused.text


@pytest.mark.parametrize("path", [LOGIN, "/en/in/00000000-0000-4000-8000-000000000000/discard/", "/en/receipt/x/out/"])
def test_no_other_page_repeats_what_was_posted(path: str):
    browser = Client(enforce_csrf_checks=True)
    refused = browser.post(path, {"username": "anna", "password": "secret words", "start-x": "y"})
    assert offered(refused) == {}
    assert "secret words" not in refused.text


@pytest.mark.parametrize("count", [199, 5000])
def test_a_swollen_post_is_no_failure_of_the_server(count: int):
    answer = Client(enforce_csrf_checks=True).post("/en/", {f"start-{n}": "x" for n in range(count)})
    assert answer.status_code == (403 if count < 200 else 400)


# -- who may come in -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hops", "remote", "forwarded", "expected"),
    [
        (0, "192.0.2.7", None, "192.0.2.7"),
        (1, "192.0.2.7", None, "192.0.2.7"),
        (1, "127.0.0.1", "192.0.2.7", "192.0.2.7"),
        (1, "127.0.0.1", "10.0.0.5, 192.0.2.7:4711", "192.0.2.7"),
        (2, "127.0.0.1", "10.0.0.5, 192.0.2.7, 198.51.100.1", "192.0.2.7"),
        (1, "", "::ffff:192.0.2.7", "192.0.2.7"),
        (1, "", "[2001:db8::7]:443", "2001:db8::7"),
        # For a limit the proxy's own address would count here; for access no address counts.
        (2, "127.0.0.1", "192.0.2.7", None),
        (0, "127.0.0.1", "192.0.2.7", None),
        (1, "127.0.0.1", "unknown", None),
        (1, "127.0.0.1", "", None),
        (0, "", None, None),
    ],
)
def test_the_address_at_a_door(settings, hops: int, remote: str, forwarded: str | None, expected: str | None):
    settings.PROXY_HOPS = hops
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    found = client_address(RequestFactory().get("/", REMOTE_ADDR=remote, **headers))
    assert (str(found) if found else None) == expected


OFFICE_PATHS = ("/admin/", "/admin", "/admin/login/", "/admin/login", "/admin/declarations/worker/", "/admin/x/y")


@pytest.mark.parametrize("path", OFFICE_PATHS)
def test_outside_its_networks_the_office_is_no_page(admin_client: Client, settings, path: str):
    """The response equals that of any unknown address of that length, signed in or not."""
    settings.ADMIN_NETWORKS = [ip_network("192.0.2.0/24")]
    for browser in (Client(), admin_client):
        told, unknown = browser.get(path), browser.get("/nimda" + path[6:])
        assert (told.status_code, told.text.replace("admin", "nimda")) == (404, unknown.text)
        differ = {name for name in {*told.headers, *unknown.headers} if told.get(name) != unknown.get(name)}
        assert differ <= {"X-Request-ID"}
    assert Client().post(path, {"username": "anna"}).status_code == 404
    inside = admin_client.get("/admin/", REMOTE_ADDR="192.0.2.9")
    assert inside.status_code == 200


def test_what_a_client_writes_itself_lets_it_in_nowhere(client: Client, settings):
    settings.ADMIN_NETWORKS, settings.PROXY_HOPS = [ip_network("192.0.2.0/24")], 1
    assert client.get(LOGIN, headers={"x-forwarded-for": "192.0.2.9, 198.51.100.1"}).status_code == 404
    assert client.get(LOGIN, headers={"x-forwarded-for": "198.51.100.1, 192.0.2.9"}).status_code == 200


def test_outside_the_public_pages_are_all_there(client: Client, settings, at):
    at(MONDAY)
    settings.ADMIN_NETWORKS = [ip_network("192.0.2.0/24")]
    declaration = submit_pages(client, answers_for("XXX", "OTH"))
    assert client.get(f"/en/receipt/{declaration.receipt_token}/").status_code == 200
    assert client.get("/")["Location"] == "/en/"


# -- how often one may file ------------------------------------------------------------------------------------


def blocked(client: str = "office", worker: str = "worker", *, is_not_previewed: bool = True) -> Any:
    return filing_blocked_until(client, worker, NOW, is_not_previewed=is_not_previewed)


def refused(times: int, client: str = "office", worker: str = "worker") -> None:
    for _time in range(times):
        count_filing(client, worker, NOW, is_refusal_without_preview=True)


def test_a_client_files_so_many_in_an_hour(settings):
    settings.FILINGS_PER_CLIENT = 3, HOUR
    for position in range(3):
        assert blocked(is_not_previewed=False) is None
        count_filing("office", f"worker {position}", NOW, is_refusal_without_preview=False)
    assert blocked(is_not_previewed=False) == blocked(worker="another") == ONE_O_CLOCK
    assert blocked("neighbour") is None


def test_refusals_without_a_preview_of_a_worker_stop_a_client(settings):
    settings.REFUSALS_PER_WORKER_AND_CLIENT = 3, HOUR
    refused(2)
    assert blocked() is None
    refused(1)
    assert blocked() == ONE_O_CLOCK
    # Filing is still allowed after a preview, for another worker, and from another client.
    assert blocked(is_not_previewed=False) is None
    assert blocked(worker="colleague") is None
    assert blocked("neighbour") is None


@pytest.mark.parametrize(("own", "others", "is_open"), [(0, 20, True), (4, 20, True), (5, 20, False), (5, 1, True)])
def test_nobody_shuts_out_another_from_declaring_a_worker(settings, own: int, others: int, is_open: bool):
    settings.REFUSALS_PER_WORKER = 20, timedelta(days=1)
    for position in range(others):
        refused(1, f"attacker {position}")
    refused(own)
    assert (blocked() is None) is is_open
    assert blocked(is_not_previewed=False) is None


def test_refusals_cannot_be_asked_one_after_another(client: Client, at, settings):
    """Without previews a refusal informs by its receipt, up to the limit; then nothing is filed."""
    at(MONDAY)
    settings.PREVIEWS_PER_WORKER_AND_CLIENT = settings.REFUSALS_PER_WORKER_AND_CLIENT = 2, HOUR
    walks = [Walk(client).to("overview", answers_for("XXX", "T17")) for _try in range(5)]
    assert [walk.confirm().status_code for walk in walks] == [302] * 4 + [429]
    assert {declaration.status for declaration in Declaration.objects.all()} == {"B"}


def test_who_may_not_file_keeps_everything_and_files_later(client: Client, at, settings):
    at(MONDAY)
    settings.FILINGS_PER_CLIENT = 1, HOUR
    submit_pages(client, answers_for("XXX", "OTH"))
    walk = Walk(client).to("overview", answers_for("XXX", "OTH", ssin="88010110175"))
    answer = client.post(walk.url("overview"), {**walk.hidden(), "overview-employer_reference": "R 7"})
    assert (answer.status_code, answer["Retry-After"]) == (429, "3600")
    assert "no-store" in answer["Cache-Control"]
    assert "This declaration was not sent" in page_text(answer)
    assert "from 10:00" in page_text(answer)
    assert 'value="R 7"' in answer.text
    assert Declaration.objects.count() == 1
    at("2026-03-02 10:00")
    assert submitted_declaration(client.post(walk.url("overview"), walk.hidden(answer))).number


def test_a_draft_that_was_filed_leads_to_its_receipt_all_the_same(client: Client, at, settings):
    at(MONDAY)
    settings.FILINGS_PER_CLIENT = 1, HOUR
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    page = walk.hidden()
    first, second = (client.post(walk.url("overview"), page) for _press in range(2))
    assert first["Location"] == second["Location"]


def test_nobody_is_told_that_what_was_sent_was_not(client: Client, at, settings, monkeypatch):
    """Of two simultaneous Confirms, the second finds the limit exhausted by the first."""
    at(MONDAY)
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    page = walk.hidden()
    settings.FILINGS_PER_CLIENT = 1, HOUR
    declaration = submitted_declaration(client.post(walk.url("overview"), page))
    monkeypatch.setattr("declarations.wizard.receipt_page.response_if_submitted", lambda request, draft: None)
    monkeypatch.setattr(Draft, "is_closed", False)
    assert submitted_declaration(client.post(walk.url("overview"), page)) == declaration


# -- how often one may try to sign in --------------------------------------------------------------------------


def test_one_client_tries_few_accounts(client: Client, anna: User, settings, at):
    """Five attempts on each of many accounts, each below its own lockout, are blocked together."""
    at(MONDAY)
    settings.SIGN_IN_FAILURES_PER_CLIENT = 6, HOUR
    tried = [
        client.post(LOGIN, {"username": f"account {position}", "password": "x", "otp_token": "1"}).status_code
        for position in range(7)
    ]
    assert tried == [200] * 6 + [429]
    answer = sign_in(client, anna)
    assert (answer.status_code, answer["Retry-After"]) == (429, "3600")
    assert "There were too many failed attempts to sign in from here. Try again after 10:00." in page_text(answer)
    assert client.get(LOGIN).status_code == 200
    assert sign_in(Client(REMOTE_ADDR="192.0.2.8"), anna).status_code == 302


def test_a_sign_in_that_succeeds_is_not_counted(client: Client, anna: User, settings):
    settings.SIGN_IN_FAILURES_PER_CLIENT = 1, HOUR
    assert sign_in(client, anna).status_code == 302
    assert not AttemptCount.objects.filter(count__gt=0).exists()


def test_the_office_can_stand_elsewhere(settings):
    """With another ADMIN_PATH, the usual address gives 404."""
    from importlib import reload

    from django.urls import clear_url_caches, resolve
    from django.urls.exceptions import Resolver404

    from dimona_site import urls

    settings.ADMIN_PATH = "behind-the-shelf"
    try:
        clear_url_caches()
        moved = tuple(reload(urls).urlpatterns)
        assert resolve("/behind-the-shelf/login/", moved).view_name == "admin:login"
        with pytest.raises(Resolver404):
            resolve(LOGIN, moved)
    finally:
        settings.ADMIN_PATH = "admin"
        clear_url_caches()
        reload(urls)
