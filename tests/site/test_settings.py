"""The settings stop the start with a sentence instead of running with an unsafe or misread value."""

import os
import runpy
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

SERVICE = {
    "SECRET_KEY": "0123456789" * 5,
    "HASH_KEY": "h" * 50,
    "ENCRYPTION_KEYS": urlsafe_b64encode(b"k" * 32).decode(),
    "ALLOWED_HOSTS": "dimona.example",
}

Load = Callable[[dict[str, str]], dict[str, Any]]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, project: Path) -> Load:
    """The settings with only these environment variables."""

    def run(variables: dict[str, str]) -> dict[str, Any]:
        monkeypatch.setattr(os, "environ", dict(variables))
        return runpy.run_path(str(project / "dimona_site" / "settings.py"))

    return run


def test_a_service_with_its_four_variables_starts_and_is_strict(load: Load):
    settings = load(SERVICE)
    assert settings["DEBUG"] is False
    assert settings["ALLOWED_HOSTS"] == ["dimona.example"]
    assert settings["SECRET_KEY"] == SERVICE["SECRET_KEY"]
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS"):
        assert settings[name], name
    assert settings["SECURE_PROXY_SSL_HEADER"] is None
    assert (settings["SESSION_COOKIE_NAME"], settings["CSRF_COOKIE_NAME"]) == ("__Host-sessionid", "__Host-csrftoken")


def test_a_developer_needs_nothing_but_debug(load: Load):
    settings = load({"DEBUG": "true"})
    assert settings["DEBUG"] is True
    assert "localhost" in settings["ALLOWED_HOSTS"]
    assert not settings["SECURE_SSL_REDIRECT"]


@pytest.mark.parametrize("name", SERVICE)
@pytest.mark.parametrize("value", [None, "", "  ", " , "])
def test_a_missing_variable_stops_the_start_with_its_name(load: Load, name: str, value: str | None):
    variables = {key: each for key, each in SERVICE.items() if key != name} | ({} if value is None else {name: value})
    with pytest.raises(ImproperlyConfigured, match=rf"^Set {name} \(.+\), or DEBUG=true on a developer's machine\.$"):
        load(variables)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"DEBUG": "tru"}, "DEBUG is “tru”: write true or false."),
        ({"DEBUG": "1"}, "DEBUG is “1”: write true or false."),
        ({**SERVICE, "SECURE_SSL_REDIRECT": "no"}, "SECURE_SSL_REDIRECT is “no”: write true or false."),
        ({**SERVICE, "BEHIND_PROXY": "on"}, "BEHIND_PROXY is “on”: write true or false."),
        ({**SERVICE, "PROXY_HOPS": "-1"}, "PROXY_HOPS is “-1”: write a whole number from 0 to 999999999."),
        ({**SERVICE, "PROXY_HOPS": "1.0"}, "PROXY_HOPS is “1.0”: write a whole number"),
        ({**SERVICE, "PROXY_HOPS": "٣"}, "PROXY_HOPS is “٣”: write a whole number"),
        ({**SERVICE, "LOOKUP_RESERVE": "three"}, "LOOKUP_RESERVE is “three”: write a whole number"),
        ({**SERVICE, "LOOKUP_RESERVE": "9" * 5000}, "write a whole number from 0 to 999999999."),
        (
            {**SERVICE, "PREVIEWS_PER_WORKER": "40"},
            "40”: write a whole number from 1 to 999999999, a slash, and minute, hour or day, for example 100/day.",
        ),
        ({**SERVICE, "LOOKUP_MISSES_PER_CLIENT": "off"}, "LOOKUP_MISSES_PER_CLIENT is “off”: write a whole number"),
        ({**SERVICE, "LOOKUP_MISSES_PER_EMPLOYER": "0/hour"}, "LOOKUP_MISSES_PER_EMPLOYER is “0/hour”: write"),
        ({**SERVICE, "PREVIEWS_PER_CLIENT": "200/week"}, "PREVIEWS_PER_CLIENT is “200/week”: write"),
        ({**SERVICE, "PREVIEWS_PER_CLIENT": "2_0/hour"}, "PREVIEWS_PER_CLIENT is “2_0/hour”: write"),
        ({**SERVICE, "PREVIEWS_PER_WORKER_AND_CLIENT": "8/hour/day"}, "PREVIEWS_PER_WORKER_AND_CLIENT is “8/hour/"),
        ({**SERVICE, "FILINGS_PER_CLIENT": "many"}, "FILINGS_PER_CLIENT is “many”: write"),
        ({**SERVICE, "REFUSALS_PER_WORKER_AND_CLIENT": "1/month"}, "REFUSALS_PER_WORKER_AND_CLIENT is “1/month”"),
        ({**SERVICE, "REFUSALS_PER_WORKER": "-1/day"}, "REFUSALS_PER_WORKER is “-1/day”: write"),
        ({**SERVICE, "SIGN_IN_FAILURES_PER_CLIENT": "5"}, "SIGN_IN_FAILURES_PER_CLIENT is “5”: write"),
        ({**SERVICE, "ADMIN_PATH": "admin/office"}, "ADMIN_PATH is “admin/office”: write up to fifty small letters"),
        ({**SERVICE, "ADMIN_PATH": "metrics"}, "ADMIN_PATH is “metrics”: write up to fifty small letters"),
        ({**SERVICE, "ADMIN_PATH": "nl"}, "none of static, healthz, readyz, metrics, nl, fr, de, en."),
        ({**SERVICE, "ADMIN_NETWORKS": "192.0.2.1/24"}, "ADMIN_NETWORKS: 192.0.2.1/24 has host bits set; write"),
        ({**SERVICE, "ADMIN_NETWORKS": "everybody"}, "write networks, as in 192.0.2.0/24, 2001:db8::/32."),
        ({**SERVICE, "METRICS_NETWORKS": "localhost"}, "METRICS_NETWORKS: 'localhost' does not appear to be"),
        ({**SERVICE, "SECRET_KEY": "short"}, "SECRET_KEY is too short"),
        ({**SERVICE, "SECRET_KEY_FALLBACKS": f"{'x' * 50},short"}, "SECRET_KEY_FALLBACKS holds one that is too short"),
        ({**SERVICE, "HASH_KEY": "short"}, "HASH_KEY is too short"),
        ({**SERVICE, "ENCRYPTION_KEYS": "not a key"}, "Key 1 of ENCRYPTION_KEYS is not a Fernet key"),
        (
            {**SERVICE, "ENCRYPTION_KEYS": SERVICE["ENCRYPTION_KEYS"] + ",c2hvcnQ="},
            "Key 2 of ENCRYPTION_KEYS is not a Fernet key",
        ),
        ({**SERVICE, "NOTIFICATION_SPOOL": "spool"}, "NOTIFICATION_SPOOL is “spool”: write an absolute path."),
        ({**SERVICE, "EMAIL_HOST": "mail.example"}, "DEFAULT_FROM_EMAIL is “”: write an address"),
        ({**SERVICE, "DEFAULT_FROM_EMAIL": "Dimona"}, "DEFAULT_FROM_EMAIL is “Dimona”: write an address"),
        ({**SERVICE, "DEFAULT_FROM_EMAIL": "a@b.example, c@d.example"}, "write an address, as in Dimona <"),
        ({**SERVICE, "DEFAULT_FROM_EMAIL": "a@b.example\nBcc: c@d.example"}, "write an address, as in Dimona <"),
        (
            {**SERVICE, "EMAIL_USE_TLS": "true", "EMAIL_USE_SSL": "true"},
            "EMAIL_USE_SSL and EMAIL_USE_TLS are both true",
        ),
        ({**SERVICE, "EMAIL_PORT": "smtp"}, "EMAIL_PORT is “smtp”: write a whole number"),
        ({**SERVICE, "DATABASE_URL": "mysql://u:p@h/n"}, "DATABASE_URL: write postgres://"),
        ({**SERVICE, "DATABASE_URL": "dimona"}, "DATABASE_URL: write postgres://"),
        ({**SERVICE, "DATABASE_URL": "postgres://u:p@h:port/n"}, "DATABASE_URL cannot be read"),
    ],
)
def test_a_variable_that_cannot_be_meant_stops_the_start(load: Load, variables: dict[str, str], sentence: str):
    with pytest.raises(ImproperlyConfigured) as stopped:
        load(variables)
    assert sentence in str(stopped.value)
    assert "u:p@" not in str(stopped.value)


@pytest.mark.parametrize(
    ("value", "words"),
    [("a.example", ["a.example"]), (" a.example , b.example ,", ["a.example", "b.example"])],
)
def test_lists_drop_their_blanks(load: Load, value: str, words: list[str]):
    assert load({**SERVICE, "ALLOWED_HOSTS": value})["ALLOWED_HOSTS"] == words


def test_secrets_of_before_are_read_and_none_is_needed(load: Load):
    assert load(SERVICE)["SECRET_KEY_FALLBACKS"] == []
    former = load({**SERVICE, "SECRET_KEY_FALLBACKS": f"{'x' * 50}, {'y' * 32}"})["SECRET_KEY_FALLBACKS"]
    assert former == ["x" * 50, "y" * 32]


def test_a_secret_that_starts_with_a_dollar_is_no_reference(load: Load):
    assert load({**SERVICE, "SECRET_KEY": "$HOME" + "x" * 50})["SECRET_KEY"] == "$HOME" + "x" * 50


def test_the_proxy_s_header_is_believed_only_when_said_so(load: Load):
    settings = load({**SERVICE, "BEHIND_PROXY": "true"})
    assert settings["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.parametrize(
    ("variables", "hops"),
    [
        ({}, 0),
        ({"BEHIND_PROXY": "true"}, 1),
        ({"BEHIND_PROXY": "true", "PROXY_HOPS": "2"}, 2),
        ({"BEHIND_PROXY": "true", "PROXY_HOPS": "0"}, 0),
        ({"PROXY_HOPS": " 1 "}, 1),
    ],
)
def test_how_many_proxies_are_believed(load: Load, variables: dict[str, str], hops: int):
    assert load({**SERVICE, **variables})["PROXY_HOPS"] == hops


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("LOOKUP_MISSES_PER_CLIENT", (20, timedelta(hours=1))),
        ("LOOKUP_MISSES_PER_EMPLOYER", (100, timedelta(hours=1))),
        ("PREVIEWS_PER_CLIENT", (200, timedelta(hours=1))),
        ("PREVIEWS_PER_WORKER_AND_CLIENT", (20, timedelta(hours=1))),
        ("PREVIEWS_PER_WORKER", (100, timedelta(days=1))),
        ("FILINGS_PER_CLIENT", (2000, timedelta(hours=1))),
        ("REFUSALS_PER_WORKER_AND_CLIENT", (10, timedelta(hours=1))),
        ("REFUSALS_PER_WORKER", (50, timedelta(days=1))),
        ("SIGN_IN_FAILURES_PER_CLIENT", (50, timedelta(hours=1))),
    ],
)
def test_a_limit_is_a_number_within_a_span(load: Load, name: str, default: tuple[int, timedelta]):
    assert load(SERVICE)[name] == default
    assert load({**SERVICE, name: "5/minute"})[name] == (5, timedelta(minutes=1))
    assert load({**SERVICE, name: " 999999999/day "})[name] == (999_999_999, timedelta(days=1))


def test_a_client_keeps_three_misses_unless_said_otherwise(load: Load):
    assert load(SERVICE)["LOOKUP_RESERVE"] == 3
    assert load({**SERVICE, "LOOKUP_RESERVE": "0"})["LOOKUP_RESERVE"] == 0


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ADMIN_NETWORKS", "", []),
        ("ADMIN_NETWORKS", " 192.0.2.0/24 ,2001:db8::/32, ", ["192.0.2.0/24", "2001:db8::/32"]),
        ("ADMIN_NETWORKS", "192.0.2.7", ["192.0.2.7/32"]),
        ("METRICS_NETWORKS", "", ["127.0.0.0/8", "::1/128"]),
        ("METRICS_NETWORKS", "10.0.0.0/8", ["10.0.0.0/8"]),
    ],
)
def test_networks_are_read(load: Load, name: str, value: str, expected: list[str]):
    assert [str(network) for network in load({**SERVICE, name: value})[name]] == expected


def test_the_office_has_its_path(load: Load):
    assert load(SERVICE)["ADMIN_PATH"] == "admin"
    assert load({**SERVICE, "ADMIN_PATH": "behind-7"})["ADMIN_PATH"] == "behind-7"


def test_without_a_url_the_database_is_sqlite_in_the_project(load: Load, project: Path):
    database = load(SERVICE)["DATABASES"]["default"]
    assert database["ENGINE"] == "django.db.backends.sqlite3"
    assert database["NAME"] == project / "db.sqlite3"


@pytest.mark.parametrize("url", ["", "sqlite:////srv/dimona.sqlite3", "sqlite:////srv/dimona.sqlite3?timeout=1"])
def test_sqlite_always_has_our_options(load: Load, url: str):
    options = load({**SERVICE, "DATABASE_URL": url})["DATABASES"]["default"]["OPTIONS"]
    assert (options["transaction_mode"], options["timeout"]) == ("IMMEDIATE", 20)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        assert pragma in options["init_command"]


def test_postgresql_takes_its_options_from_the_url(load: Load):
    url = "postgresql://clerk:p%40ss@db.example:5433/dimona?sslmode=verify-full&connect_timeout=3&CONN_MAX_AGE=0"
    database = load({**SERVICE, "DATABASE_URL": url})["DATABASES"]["default"]
    assert database == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "dimona",
        "USER": "clerk",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": 5433,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "sslmode": "verify-full",
            "connect_timeout": 3,
            "tcp_user_timeout": 20_000,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 2,
        },
    }


def start(project: Path, variables: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """The output of `manage.py` with only these environment variables."""
    command = [sys.executable, "manage.py", *arguments]
    environment = {"PATH": os.environ["PATH"], **variables}
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def test_the_start_itself_stops(project: Path):
    outcome = start(project, {}, "check")
    assert outcome.returncode != 0
    assert "Set SECRET_KEY (fifty random characters), or DEBUG=true on a developer's machine." in outcome.stderr


@pytest.mark.slow
def test_the_service_passes_django_s_checks_for_deployment(project: Path):
    outcome = start(project, SERVICE, "check", "--deploy", "--fail-level", "WARNING")
    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.parametrize(
    ("variables", "port", "uses_tls", "uses_ssl"),
    [({}, 587, True, False), ({"EMAIL_USE_SSL": "true"}, 465, False, True), ({"EMAIL_PORT": "25"}, 25, True, False)],
)
def test_e_mail_goes_out_encrypted(load: Load, variables: dict[str, str], port: int, uses_tls: bool, uses_ssl: bool):
    sender = {"EMAIL_HOST": "mail.example", "DEFAULT_FROM_EMAIL": "Dimona <dimona@office.example>"}
    settings = load({**SERVICE, **sender, **variables})
    assert (settings["EMAIL_PORT"], settings["EMAIL_USE_TLS"], settings["EMAIL_USE_SSL"]) == (port, uses_tls, uses_ssl)
    assert settings["DEFAULT_FROM_EMAIL"] == "Dimona <dimona@office.example>"


def test_nothing_is_handed_over_by_default(load: Load):
    settings = load(SERVICE)
    assert (settings["NOTIFICATION_SPOOL"], settings["EMAIL_HOST"]) == ("", "")
