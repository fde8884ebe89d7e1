"""The commands that `make run` calls on a developer's machine."""

import gettext
import os
import re
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from declarations.models import AuthenticatorApp

PO = """msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Worker"
msgstr "{translation}"
"""


def said(command: str, *arguments: str) -> str:
    """What the command writes."""
    output = StringIO()
    call_command(command, *arguments, stdout=output)
    return output.getvalue()


def password_in(sentence: str) -> str:
    """The password that the command shows."""
    found = re.match(r"Staff account for /admin/: staff, password (\S{12,})\n", sentence)
    assert found, sentence
    return found[1]


def test_the_staff_account_is_made_once_and_reset_on_demand(db, settings):
    settings.DEBUG = True
    first = password_in(said("create_demo_staff"))
    account = User.objects.get(username="staff")
    assert account.check_password(first)
    assert account.is_staff
    assert said("create_demo_staff") == "Staff account “staff” exists. A new password: make staff-password\n"
    account.refresh_from_db()
    assert account.check_password(first)
    second = password_in(said("create_demo_staff", "--reset"))
    account.refresh_from_db()
    assert account.check_password(second)
    assert not account.check_password(first)


def test_the_staff_account_of_before_the_second_factor_gets_one(db, settings):
    settings.DEBUG = True
    account = User.objects.create_superuser("staff", password="of-before")
    assert password_in(said("create_demo_staff"))
    assert AuthenticatorApp.objects.filter(user=account).count() == 1


def test_the_command_stands_in_for_the_app_of_the_staff_account(db, settings):
    settings.DEBUG = True
    with pytest.raises(CommandError, match="make run"):
        call_command("create_demo_staff", "--code")
    said("create_demo_staff")
    assert AuthenticatorApp.objects.get().verify_token(said("create_demo_staff", "--code").strip())


def test_no_staff_account_is_made_in_service(db, settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="needs DEBUG=true"):
        call_command("create_demo_staff")
    with pytest.raises(CommandError, match="needs DEBUG=true"):
        call_command("create_demo_staff", "--code")
    assert not User.objects.exists()


@pytest.fixture
def catalogue(tmp_path: Path, settings) -> Path:
    """A French file of messages in a project of its own."""
    settings.BASE_DIR = tmp_path
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    path = tmp_path / "locale" / "fr" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(PO.format(translation="Travailleur"), encoding="utf-8")
    return path


def worker_in(catalogue: Path) -> str:
    """What the compiled messages make of “Worker”."""
    with catalogue.with_suffix(".mo").open("rb") as file:
        return gettext.GNUTranslations(file).gettext("Worker")


def test_messages_are_compiled_when_they_changed_and_only_then(catalogue: Path):
    assert said("compile_translations") == "Compiled locale/fr/LC_MESSAGES/django.po\n"
    assert worker_in(catalogue) == "Travailleur"
    assert said("compile_translations") == ""
    catalogue.write_text(PO.format(translation="Ouvrier"), encoding="utf-8")
    later = catalogue.with_suffix(".mo").stat().st_mtime + 10
    os.utime(catalogue, (later, later))
    assert said("compile_translations") == "Compiled locale/fr/LC_MESSAGES/django.po\n"
    assert worker_in(catalogue) == "Ouvrier"
    assert said("compile_translations", "--force") == "Compiled locale/fr/LC_MESSAGES/django.po\n"
    assert [path.suffix for path in sorted(catalogue.parent.iterdir())] == [".mo", ".po"]
