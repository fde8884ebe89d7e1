"""Staff: permissions of each role, second factor, lockouts, idle sign-out, and accesses to full SSINs."""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Callable
from gettext import GNUTranslations
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import django.contrib.admin
import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from cryptography.fernet import Fernet
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice

from declarations.admin import ssin_access
from declarations.admin.logs import WORDS_OF_AXES, WORDS_OF_DJANGO
from declarations.admin.site.sign_in import hashed_client_address
from declarations.models import (
    AuthenticatorApp,
    Decision,
    Declaration,
    ListExport,
    Notification,
    NotificationState,
    Period,
    PeriodLock,
    SsinAccess,
    Worker,
    recovery_code_hash,
)
from referentials.models import Employer, RiskCode

from ..support.builders import ERIC, MONDAY, answers_by_name, answers_for, submit, worker
from ..support.dumping import rows_of_every_table
from ..support.staff import PASSWORD, codes_in, make_groups, member, sign_in, signed_in_client

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/"
FULL, MASKED = "85.07.30-033.28", "••.••.••-•••.28"
ROLES = ("Reviewer", "Referential editor", "Auditor", "")


@pytest.fixture
def filed(db, at) -> dict[str, Declaration]:
    """An accepted declaration of Éric, and a pending one."""
    moment = at(MONDAY)
    worker(ERIC, family_name="D’Hoore", given_name="Éric", birth_date="1985-07-30", sex="1")
    return {
        "A": submit(answers_for("XXX", "OTH"), moment),
        "S": submit(answers_by_name("XXX", "STU"), moment),
    }


# -- what each role may do -------------------------------------------------------------------------------------


def page(name: str, *args: Any) -> str:
    """The address of an admin page."""
    return reverse(f"admin:{name}", args=args)


def of_a_risk_code(name: str) -> Callable[[], str]:
    """An admin page of one risk code."""
    return lambda: page(f"referentials_riskcode_{name}", RiskCode.objects.earliest("pk").pk)


# The roles that get 200 for each page; the others get 403. R reviewer, E referential editor, A auditor.
MAY_GET: list[tuple[str, Callable[[], str], str]] = [
    ("the first page", lambda: page("index"), "REA-"),
    ("the declarations", lambda: page("declarations_declaration_changelist"), "RA"),
    ("a declaration", lambda: page("declarations_declaration_change", Declaration.objects.earliest("pk").pk), "RA"),
    ("the periods", lambda: page("declarations_period_changelist"), "RA"),
    ("a period", lambda: page("declarations_period_change", Period.objects.get().pk), "RA"),
    ("the queue", lambda: page("declarations_pendingdeclaration_changelist"), "R"),
    (
        "a pending declaration",
        lambda: page("declarations_pendingdeclaration_change", Declaration.objects.awaiting_decision().get().pk),
        "R",
    ),
    ("the figures", lambda: page("declarations_dailycount_changelist"), "RA"),
    ("the workers", lambda: page("declarations_worker_changelist"), "RA"),
    ("a worker's personnel file", lambda: page("personnel_worker", Worker.objects.get().pk), "RA"),
    ("an employer's personnel file", lambda: page("personnel_employer", Period.objects.get().employer_id), "RA"),
    ("the notifications", lambda: page("declarations_notification_changelist"), "RA"),
    ("the page of a lock", lambda: page("declarations_period_lock", Period.objects.get().pk), "R"),
    ("the decisions", lambda: page("declarations_decision_changelist"), "RA"),
    ("the locks", lambda: page("declarations_periodlock_changelist"), "RA"),
    ("the looks", lambda: page("declarations_ssinaccess_changelist"), "A"),
    ("the exports", lambda: page("declarations_listexport_changelist"), "A"),
    ("the sign-ins", lambda: page("axes_accesslog_changelist"), "A"),
    ("the failed sign-ins", lambda: page("axes_accessfailurelog_changelist"), "A"),
    ("the failures that count", lambda: page("axes_accessattempt_changelist"), "A"),
    ("the log of the admin", lambda: page("admin_logentry_changelist"), "A"),
    ("the employers", lambda: page("referentials_employer_changelist"), "REA"),
    ("an employer", lambda: page("referentials_employer_change", Employer.objects.earliest("pk").pk), "REA"),
    ("a new employer", lambda: page("referentials_employer_add"), "E"),
    ("a table", lambda: page("referentials_riskcode_changelist"), "EA"),
    ("a row of a table", of_a_risk_code("change"), "EA"),
    ("a new row of a table", lambda: page("referentials_riskcode_add"), "E"),
    ("the deletion of a row", of_a_risk_code("delete"), ""),
    ("the accounts", lambda: page("auth_user_changelist"), "A"),
    ("a new account", lambda: page("auth_user_add"), ""),
    ("the groups", lambda: page("auth_group_changelist"), "A"),
    ("a new group", lambda: page("auth_group_add"), ""),
]
LETTERS = {"Reviewer": "R", "Referential editor": "E", "Auditor": "A", "": "-"}


@pytest.mark.parametrize("role", ROLES)
def test_the_pages_that_a_role_may_open(filed, role: str):
    client = signed_in_client(member(role))
    opened = {name for name, address, _roles in MAY_GET if client.get(address()).status_code == 200}
    assert opened == {name for name, _address, roles in MAY_GET if LETTERS[role] in roles}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_changes_only_what_it_may(filed, role: str):
    client = signed_in_client(member(role))
    row = RiskCode.objects.earliest("pk")
    edited = {
        each.name: getattr(row, each.attname) or ""
        for each in RiskCode._meta.concrete_fields
        if each.editable and not each.primary_key
    } | {"source": "a letter"}
    period, pending = Period.objects.get(), filed["S"]
    note = {"note": "Because."}
    client.post(page("referentials_riskcode_change", row.pk), edited)
    client.post(page("declarations_period_lock", period.pk), {**note, "is_locked": "on"})
    client.post(
        page("declarations_pendingdeclaration_change", pending.pk), {**note, "verdict": "nobody", "decide": "1"}
    )
    client.post(page("ssin"), {"show_ssin": f"worker-{period.worker_id}"})
    client.post(page("auth_user_change", User.objects.get().pk), {"is_superuser": "on"})
    client.post(page("export", "declarations", "declaration", "csv")).getvalue()
    unsure = Notification.objects.filter(declaration=pending, decision=None)
    unsure.update(state=NotificationState.UNSURE)
    settling = {"action": "mark_as_sent", "_selected_action": [each.pk for each in unsure]}
    client.post(page("declarations_notification_changelist"), settling)
    row.refresh_from_db()
    done = {
        "edit a table": row.source == "a letter",
        "lock": PeriodLock.objects.exists(),
        "decide": Decision.objects.exists(),
        "see an SSIN": SsinAccess.objects.exists(),
        "export": ListExport.objects.exists(),
        "settle a notification": unsure.get().state == NotificationState.SENT,
        "make an administrator": User.objects.filter(is_superuser=True).exists(),
    }
    may = {
        "Reviewer": {"lock", "decide", "see an SSIN", "export", "settle a notification"},
        "Referential editor": {"edit a table"},
    }
    assert {name for name, is_done in done.items() if is_done} == may.get(role, set())


def test_nobody_changes_a_log(admin_client: Client):
    user = User.objects.get()
    look = SsinAccess.objects.create(accessed_at="2026-03-02T09:00Z", accessed_by=user)
    failure = AccessFailureLog.objects.create(username="x", user_agent="x", http_accept="x", path_info="x")
    attempt = AccessAttempt.objects.create(username="x", user_agent="x", failures_since_start=1)
    for row in (look, failure, attempt, AccessLog.objects.earliest("pk")):
        label = row._meta.label_lower.replace(".", "_")
        for name, *args in (("add",), ("delete", row.pk)):
            assert admin_client.get(page(f"{label}_{name}", *args)).status_code == 403, label
        answer = admin_client.get(page(f"{label}_change", row.pk))
        assert answer.status_code == 200, label
        assert 'name="_save"' not in answer.text
        assert admin_client.get(page(f"{label}_changelist"), {"q": user.username}).status_code == 200
        assert admin_client.post(page(f"{label}_change", row.pk), {"username": "y"}).status_code == 403


def test_what_the_library_calls_its_lists_and_columns_is_named_for_our_catalogues():
    """A string that the library changes or adds would appear in English."""
    with override("en"):
        shown = {
            str(words)
            for model in (AccessAttempt, AccessFailureLog, AccessLog)
            for field in model._meta.fields
            if field.name in admin.site._registry[model].list_display
            for words in (field.verbose_name, model._meta.verbose_name, model._meta.verbose_name_plural)
        }
    assert shown == set(WORDS_OF_AXES)


def test_the_hidden_headings_that_django_lacks_in_dutch_are_named_for_our_catalogues():
    """A string that Django changes or translates need no longer be marked."""
    home = Path(django.contrib.admin.__file__).parent
    shown = re.findall(r"<th[^>]*>{% translate '([^']+)'", (home / "templates/admin/app_list.html").read_text())
    catalogue = (home / "locale/nl/LC_MESSAGES/django.mo").read_bytes()
    known = GNUTranslations(BytesIO(catalogue))
    assert [words for words in shown if known.gettext(words) == words] == list(WORDS_OF_DJANGO)


# Headings of the lists of sign-ins, failures, and failures that count, by language.
HEADINGS = {
    "nl": [
        ["Tijdstip van de poging", "Tijdstip van afmelding", "Gebruikersnaam", "Client", "Browser"],
        ["Tijdstip van de poging", "Gebruikersnaam", "Client", "Geblokkeerd", "Browser"],
        ["Tijdstip van de poging", "Gebruikersnaam", "Client", "Mislukte aanmeldingen", "Browser"],
        ["Aanmeldingen", "Mislukte aanmeldingen", "Aanmeldingspogingen"],
    ],
    "fr": [
        ["Moment de la tentative", "Moment de la déconnexion", "Nom d’utilisateur", "Poste client", "Navigateur"],
        ["Moment de la tentative", "Nom d’utilisateur", "Poste client", "Bloqué", "Navigateur"],
        ["Moment de la tentative", "Nom d’utilisateur", "Poste client", "Échecs de connexion", "Navigateur"],
        ["Connexions", "Échecs de connexion", "Tentatives de connexion"],
    ],
    "de": [
        ["Zeitpunkt des Versuchs", "Zeitpunkt der Abmeldung", "Benutzername", "Client", "Browser"],
        ["Zeitpunkt des Versuchs", "Benutzername", "Client", "Gesperrt", "Browser"],
        ["Zeitpunkt des Versuchs", "Benutzername", "Client", "Fehlgeschlagene Anmeldungen", "Browser"],
        ["Anmeldungen", "Fehlgeschlagene Anmeldungen", "Anmeldeversuche"],
    ],
}


@pytest.mark.parametrize("language", HEADINGS)
def test_the_lists_of_sign_ins_speak_the_language_of_the_page(admin_client: Client, language: str):
    *headings, names = HEADINGS[language]
    for model, wanted, name in zip(("accesslog", "accessfailurelog", "accessattempt"), headings, names, strict=True):
        row: dict[str, Any] = {"username": "x", "user_agent": "x", "http_accept": "x", "path_info": "x"}
        row |= {"failures_since_start": 1} if model == "accessattempt" else {}
        apps.get_model("axes", model).objects.create(**row)
        text = admin_client.get(page(f"axes_{model}_changelist"), headers={"accept-language": language}).text
        assert re.findall(r'<th scope="col".*?<div class="text"><span>([^<]+)</span>', text, re.DOTALL) == wanted
        assert re.search(rf'<a href="/admin/axes/">{names[0]}</a>\s*&rsaquo; {name}\s*</', text)


@pytest.mark.parametrize("model", [AccessAttempt, AccessFailureLog, AccessLog])
def test_the_page_of_a_sign_in_is_called_by_its_account_and_moment(admin_client: Client, model: Any):
    counted = {"failures_since_start": 1} if model is AccessAttempt else {}
    row = model.objects.create(username="clerk", user_agent="x", http_accept="x", path_info="x", **counted)
    model.objects.filter(pk=row.pk).update(attempt_time="2026-03-02T09:00+01:00")
    url = page(f"axes_{model._meta.model_name}_change", row.pk)
    text = admin_client.get(url, headers={"accept-language": "de"}).text
    assert "<h2>clerk, 02.03.2026 09:00</h2>" in text


def test_the_auditor_can_read_whatever_the_office_registers():
    """A model added later requires a further migration of the groups."""
    auditor = member("Auditor")
    unread = [
        model._meta.label
        for model in admin.site._registry
        if model._meta.app_label in ("declarations", "referentials", "axes") and model._meta.default_permissions
        if not auditor.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")
    ]
    assert unread == []


def test_an_auditor_may_only_view():
    assert all(name.rpartition(".")[2].startswith("view_") for name in member("Auditor").get_all_permissions())


def test_the_groups_are_made_where_nothing_is_and_where_all_is():
    def rights() -> set[tuple[str, str]]:
        found = Group.objects.values_list("name", "permissions__codename")
        return {(name, codename) for name, codename in found if codename}

    make_groups()
    known, permissions = rights(), Permission.objects.count()
    make_groups()
    assert (rights(), Permission.objects.count()) == (known, permissions)
    Group.objects.all().delete()
    Permission.objects.all().delete()
    make_groups()
    assert rights() == known
    for app in apps.get_app_configs():
        create_permissions(app, verbosity=0)
    assert Permission.objects.count() == permissions


# -- the second factor -----------------------------------------------------------------------------------------


@pytest.fixture
def anna() -> User:
    """A member of staff with an authenticator app and one recovery code."""
    account = User.objects.create_user("anna", password=PASSWORD, is_staff=True)
    AuthenticatorApp.objects.create(user=account)
    StaticDevice.objects.create(user=account).token_set.create(token=recovery_code_hash("abcd2345"))
    return account


def code(account: User) -> str:
    """The code that the account's app shows now."""
    return f"{totp(AuthenticatorApp.objects.get(user=account).key):06}"


def wrong(account: User) -> str:
    """Six digits that the app shows neither now nor just before or after."""
    key = AuthenticatorApp.objects.get(user=account).key
    near = {totp(key, drift=drift) for drift in (-1, 0, 1)}
    return next(f"{number:06}" for number in range(4) if number not in near)


def is_in(client: Client) -> bool:
    """Whether the client gets the admin's first page."""
    return client.get(page("index")).status_code == 200


@pytest.mark.parametrize("blank", ["", " "])
def test_the_code_of_the_app_signs_in(client: Client, anna: User, blank: str):
    shown = code(anna)
    assert sign_in(client, token=f"{blank}{shown[:3]}{blank}{shown[3:]}").status_code == 302
    assert is_in(client)
    assert AccessLog.objects.get().username == "anna"


@pytest.mark.parametrize("typed", ["abcd2345", " ABCD-2345 "])
def test_a_recovery_code_signs_in_once(client: Client, anna: User, typed: str):
    assert sign_in(client, token=typed).status_code == 302
    assert is_in(client)
    another = Client()
    assert sign_in(another, token=typed).status_code == 200
    assert not is_in(another)
    assert AuthenticatorApp.objects.get().throttling_failure_count == 0


def test_a_code_counts_once(client: Client, anna: User, at):
    at(MONDAY)
    shown = code(anna)
    assert sign_in(client, token=shown).status_code == 302
    assert sign_in(Client(), token=shown).status_code == 200


def test_whatever_is_wrong_the_answer_is_the_same(client: Client, anna: User, at):
    at(MONDAY)
    User.objects.create_user("plain", password=PASSWORD)
    User.objects.create_user("no-device", password=PASSWORD, is_staff=True)
    tries = [
        {"token": wrong(anna)},
        {"password": "wrong", "token": code(anna)},
        {"name": "nobody", "token": code(anna)},
        {"name": "plain", "token": "123456"},
        {"name": "no-device", "token": "123456"},
        {"name": "no-device", "token": "abcd2345"},
    ]
    answers = [sign_in(Client(), **each) for each in tries]
    assert {answer.status_code for answer in answers} == {200}
    said = {tuple(answer.context["form"].non_field_errors()) for answer in answers}
    assert len(said) == 1
    assert said.pop()[0].startswith("Enter the user name, the password and the code")


def test_without_a_code_no_password_is_tried(client: Client, anna: User):
    right, wrong_one = sign_in(client), sign_in(client, password="wrong")
    assert right.context["form"].errors == wrong_one.context["form"].errors
    assert set(right.context["form"].errors) == {"otp_token"}
    assert not AccessFailureLog.objects.exists()


def test_a_session_with_a_password_alone_is_nobody(client: Client, anna: User):
    client.force_login(anna)
    answer = client.get(page("index"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(LOGIN)


def test_an_unconfirmed_device_counts_for_nothing(client: Client, anna: User):
    AuthenticatorApp.objects.update(confirmed=False)
    assert sign_in(client, token=code(anna)).status_code == 200
    assert not is_in(client)


def test_another_s_device_counts_for_nothing(client: Client, anna: User):
    other = User.objects.create_user("bart", password=PASSWORD, is_staff=True)
    AuthenticatorApp.objects.create(user=other)
    assert sign_in(client, name="bart", token=code(anna)).status_code == 200


def test_a_second_factor_is_on_no_page(admin_client: Client):
    """Only `enrol_staff` manages it."""
    registered = {model._meta.label for model in admin.site._registry}
    assert registered & {"declarations.AuthenticatorApp", "otp_static.StaticDevice", "otp_static.StaticToken"} == set()


def test_neither_the_secret_nor_a_recovery_code_stands_in_a_table(db):
    User.objects.create_user("carl", password=PASSWORD, is_staff=True)
    printed = enrolled("carl")
    secret = AuthenticatorApp.objects.get().secret
    assert b32encode(bytes.fromhex(secret)).decode() in printed
    stored = rows_of_every_table()
    assert "recovery codes" in stored
    for kept in (secret, b32encode(bytes.fromhex(secret)).decode(), *codes_in(printed)):
        assert kept.casefold() not in stored.casefold()


def test_a_sign_in_brings_the_secret_under_the_newest_key(client: Client, anna: User, settings):
    new_key = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new_key, *settings.ENCRYPTION_KEYS]
    assert sign_in(client, token=code(anna)).status_code == 302
    settings.ENCRYPTION_KEYS = [new_key]
    assert len(AuthenticatorApp.objects.get().key) == 20


def enrolled(*arguments: str) -> str:
    """The output of the command."""
    out = StringIO()
    call_command("enrol_staff", *arguments, stdout=out)
    return out.getvalue()


def test_an_account_is_enrolled_and_signs_in(client: Client):
    User.objects.create_user("carl", password=PASSWORD, is_staff=True)
    printed = enrolled("carl")
    assert "otpauth://totp/Dimona%3Acarl?" in printed
    assert "█" in printed
    codes = codes_in(printed)
    assert len(set(codes)) == 10
    assert sign_in(client, name="carl", token=codes[3]).status_code == 302
    assert is_in(client)
    with pytest.raises(CommandError, match="--reset replaces it"):
        enrolled("carl")
    enrolled("carl", "--reset")
    assert not is_in(client)
    assert sign_in(Client(), name="carl", token=codes[4]).status_code == 200
    assert sign_in(Client(), name="carl", token=code(User.objects.get())).status_code == 302


@pytest.mark.parametrize(
    "account", [{"username": "x"}, {"username": "carl"}, {"username": "carl", "is_staff": True, "is_active": False}]
)
def test_only_active_staff_is_enrolled(account: dict[str, Any]):
    User.objects.create_user(**account)
    with pytest.raises(CommandError, match="no active staff account “carl”"):
        enrolled("carl")
    assert not AuthenticatorApp.objects.exists()


# -- lock-outs -------------------------------------------------------------------------------------------------


@pytest.fixture
def behind(settings) -> None:
    """The service runs behind one proxy."""
    settings.PROXY_HOPS = 1


def failing(times: int, client: Client, **tried: Any) -> Any:
    """The last response after that number of failures."""
    return [sign_in(client, **{"password": "wrong", "token": "123456", **tried}) for _time in range(times)][-1]


def test_who_fails_five_times_is_locked_out_for_an_hour(client: Client, anna: User, at):
    at("2026-03-02 09:00")
    assert failing(4, client).status_code == 200
    at("2026-03-02 09:10")
    answer = failing(1, client)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "3600"
    assert "Try again after 10:10." in answer.text
    at("2026-03-02 10:00")
    locked = sign_in(client, token=code(anna))
    assert locked.status_code == 429
    assert locked["Retry-After"] == "600"
    assert "Try again after 10:10." in locked.text
    assert not is_in(client)
    at("2026-03-02 10:11")
    assert sign_in(client, token=code(anna)).status_code == 302


def test_a_wrong_code_counts_like_a_wrong_password(client: Client, anna: User):
    assert failing(3, client).status_code == 200
    assert failing(1, client, password=PASSWORD, token=wrong(anna)).status_code == 200
    assert failing(1, client, password=PASSWORD, token="not-one-of-them").status_code == 429


def test_a_sign_in_forgets_the_failures(client: Client, anna: User):
    failing(4, client)
    assert sign_in(client, token=code(anna)).status_code == 302
    assert failing(4, Client()).status_code == 200


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "Try again after 03/03/2026 00:30."), ("nl", "na 03/03/2026 00:30 uur"), ("de", "03.03.2026 00:30")],
)
def test_a_lock_out_beyond_midnight_names_the_day(client: Client, anna: User, at, language: str, told: str):
    at("2026-03-02 23:30")
    assert told in failing(5, client, HTTP_ACCEPT_LANGUAGE=language).text


@pytest.mark.usefixtures("behind")
def test_another_client_and_another_account_go_on(client: Client, anna: User):
    here, there = {"HTTP_X_FORWARDED_FOR": "1.2.3.4"}, {"HTTP_X_FORWARDED_FOR": "5.6.7.8"}
    assert failing(5, client, **here).status_code == 429
    assert failing(1, client, name="bart", **here).status_code == 200
    assert sign_in(Client(), token=code(anna), **there).status_code == 302


@pytest.mark.usefixtures("behind")
def test_what_a_client_writes_itself_makes_it_no_other(client: Client, anna: User):
    answers = [failing(1, client, HTTP_X_FORWARDED_FOR=f"9.9.9.{last}, 1.2.3.4") for last in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    other_browser = failing(1, Client(), HTTP_X_FORWARDED_FOR="1.2.3.4", HTTP_USER_AGENT="another")
    assert other_browser.status_code == 429


@pytest.mark.usefixtures("behind")
def test_no_address_and_no_code_is_stored(client: Client, anna: User):
    address = {"HTTP_X_FORWARDED_FOR": "1.2.3.4", "REMOTE_ADDR": "10.0.0.9"}
    failing(2, client, token="SECRET", **address)
    failing(1, client, name="my-password-in-the-wrong-box", **address)
    sign_in(client, token=code(anna), **address)
    rows = [*AccessAttempt.objects.values(), *AccessFailureLog.objects.values(), *AccessLog.objects.values()]
    assert len(rows) == 5
    for kept in ("1.2.3.4", "10.0.0.9", "SECRET", PASSWORD, "wrong", "my-password"):
        assert kept not in str(rows)
    assert {row["ip_address"] for row in rows} == {hashed_client_address(RequestFactory().get("/", **address))}
    assert all(row["ip_address"].startswith("fd") for row in rows)


@pytest.mark.parametrize(
    "name",
    ["x" * 151, "x" * 300, "x" * 5000, "😀" * 100, "a\0b", "anna\0", "\u202e", "''; --", " ", "{}", "%s" * 70],
    ids=lambda name: f"{len(name)} {ascii(name)[:12]}",
)
def test_no_user_name_is_a_failure_of_the_server(client: Client, anna: User, name: str):
    for _time in range(6):
        assert sign_in(client, name=name, password="wrong", token="123456").status_code in (200, 429)


def test_odd_requests_are_no_failure_of_the_server(client: Client, anna: User):
    odd = {"HTTP_USER_AGENT": "é" * 400, "HTTP_ACCEPT": "x" * 2000}
    answer = client.post(f"{LOGIN}?next=%00{'x' * 3000}", {"username": "anna", "password": "\0", "otp_token": "\0"})
    assert answer.status_code == 200
    data = {"username": "anna", "password": "wrong", "otp_token": "x", "more": "y" * 5000}
    for _time in range(5):
        answer = client.post(f"{LOGIN}?next=%00{'x' * 3000}", data, **odd)
    assert answer.status_code == 429
    assert client.post(LOGIN, {"username": ["a", "b"], "password": "x", "otp_token": "²³¹²³¹"}).status_code == 200


# -- the idle sign-out -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "stays"), [(0, True), (14, True), (15, False), (600, False)])
def test_who_does_nothing_for_a_quarter_is_signed_out(client: Client, anna: User, at, minutes: int, stays: bool):
    at("2026-03-02 09:00")
    sign_in(client, token=code(anna))
    at(f"2026-03-02 {9 + minutes // 60:02}:{minutes % 60:02}")
    answer = client.get(page("auth_user_changelist"))
    assert answer.status_code == (403 if stays else 302)
    if not stays:
        assert answer["Location"] == f"{LOGIN}?next=/admin/auth/user/"
        assert "You were signed out because you had been inactive" in client.get(answer["Location"]).text
        assert not is_in(client)


def test_each_page_of_the_admin_counts_and_no_other(client: Client, anna: User, at):
    at("2026-03-02 09:00")
    sign_in(client, token=code(anna))
    at("2026-03-02 09:10")
    assert is_in(client)
    at("2026-03-02 09:20")
    assert is_in(client)
    at("2026-03-02 09:30")
    assert client.get("/en/").status_code == 200
    at("2026-03-02 09:40")
    assert not is_in(client)


def test_the_time_without_activity_is_a_setting(client: Client, anna: User, at, settings):
    settings.STAFF_IDLE_SECONDS = 60
    at("2026-03-02 09:00")
    sign_in(client, token=code(anna))
    at("2026-03-02 09:01")
    assert not is_in(client)


def test_what_comes_too_late_is_not_done(at, filed):
    at("2026-03-02 09:00")
    client = signed_in_client(member("Reviewer"))
    assert is_in(client)
    at("2026-03-02 09:20")
    answer = client.post(page("ssin"), {"show_ssin": f"worker-{Worker.objects.get().pk}"})
    assert answer.status_code == 302
    assert not SsinAccess.objects.exists()


def test_the_public_pages_ask_for_no_account():
    client = signed_in_client(member("Reviewer"))
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/en/").status_code == 200
    assert [query["sql"] for query in asked if re.search("auth_user|otp_", query["sql"])] == []


# -- looks at full SSINs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["declaration", "period"])
def test_one_press_shows_the_ssin_and_is_recorded(filed, model: str, at):
    moment = at("2026-03-02 10:00")
    reviewer = member("Reviewer")
    client = signed_in_client(reviewer)
    row = filed["A"] if model == "declaration" else Period.objects.get()
    text = client.get(page(f"declarations_{model}_change", row.pk)).text
    assert MASKED in text
    assert FULL not in text
    button = re.search(r'<form method="post" action="([^"]+)">.*?name="show_ssin" value="([^"]+)"', text, re.DOTALL)
    assert button
    answer = client.post(button[1], {"show_ssin": button[2]})
    assert FULL in answer.text
    assert "no-store" in answer["Cache-Control"]
    look = SsinAccess.objects.get()
    assert (look.accessed_at, look.accessed_by, look.worker) == (moment, reviewer, Worker.objects.get())
    assert look.declaration == (filed["A"] if model == "declaration" else None)
    about = look.declaration or look.worker
    assert f'href="{page(f"declarations_{about._meta.model_name}_change", about.pk)}"' in answer.text


@pytest.mark.parametrize("role", ["Auditor", "Referential editor", ""])
def test_who_may_not_see_it_gets_neither_the_button_nor_the_number(filed, role: str):
    client = signed_in_client(member(role))
    text = client.get(page("declarations_declaration_change", filed["A"].pk)).text
    assert "show_ssin" not in text
    answer = client.post(page("ssin"), {"show_ssin": f"declaration-{filed['A'].pk}"})
    assert answer.status_code == 403
    assert FULL not in answer.text
    assert not SsinAccess.objects.exists()


def test_an_ssin_that_is_not_there_is_no_look(filed):
    client = signed_in_client(member("Reviewer"))
    assert FULL not in client.post(page("ssin"), {"show_ssin": f"declaration-{filed['S'].pk}"}).text
    assert not SsinAccess.objects.exists()


@pytest.mark.parametrize(
    "key", ["", "worker", "worker-", "worker-x", "worker-0", "user-1", "worker-²", "worker-" + "9" * 40]
)
def test_an_unknown_key_shows_nothing(filed, key: str):
    assert signed_in_client(member("Reviewer")).post(page("ssin"), {"show_ssin": key}).status_code == 404


@pytest.mark.parametrize(("role", "has_button"), [("Reviewer", True), ("Auditor", False)])
def test_a_page_with_its_own_form_shows_the_ssin_in_place(filed, rf: RequestFactory, role: str, has_button: bool):
    person, reader = Worker.objects.get(), member(role)
    request = rf.post("/", {"show_ssin": "worker-0", "note": "half written"})
    request.user = reader
    shown = ssin_access.render_ssin(request, person)
    assert MASKED in shown
    assert FULL not in shown
    assert (f'value="worker-{person.pk}"' in shown) is has_button
    assert not SsinAccess.objects.exists()
    request = rf.post("/", {"show_ssin": f"worker-{person.pk}", "note": "half written"})
    request.user = reader
    if has_button:
        assert ssin_access.render_ssin(request, person) == FULL
        assert SsinAccess.objects.get().accessed_by == reader
    else:
        with pytest.raises(PermissionDenied):
            ssin_access.render_ssin(request, person)


def test_an_ssin_is_reached_by_no_link(filed):
    client = signed_in_client(member("Reviewer"))
    answer = client.get(page("ssin"), {"show_ssin": f"declaration-{filed['A'].pk}"})
    assert answer.status_code == 302
    assert not SsinAccess.objects.exists()


# -- the policy of the pages -----------------------------------------------------------------------------------


def directives(answer: Any) -> dict[str, str]:
    """The content security policy of a response."""
    parts = (part.strip().partition(" ") for part in answer["Content-Security-Policy"].split(";"))
    return {name: value for name, _blank, value in parts}


def test_the_admin_may_style_by_attribute_and_nothing_more(client: Client, admin_client: Client):
    public, office = directives(client.get("/en/")), directives(admin_client.get(page("index")))
    assert {name for name in public if public[name] != office[name]} == {"style-src-attr"}
    assert (public["style-src-attr"], office["style-src-attr"]) == ("'none'", "'unsafe-inline'")
    assert directives(client.get(LOGIN)) == public
