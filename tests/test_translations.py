"""The messages: extracted, translated, alike in their placeholders, and set as each language sets its type."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest

LANGUAGES = ("nl", "fr", "de")
SOURCES = ("manage.py", "dimona_site", "referentials", "declarations", "templates")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|</?\w+|&\w+;")

# What is wrong in any language, then in one of them.
SLIPS = {
    "a straight apostrophe": r"\w'\w",
    "three full stops": r"\.\.\.",
    "two spaces": r"\S  +\S",
}
SLIPS_OF: dict[str, dict[str, str]] = {
    "en": {},
    "nl": {},
    "fr": {
        "no no-break space before : ; ! ?": r"\w[ ]?[;!?:](?:\s|$)",
        "a guillemet without no-break space": r"« | »",
    },
    "de": {},
}

Key = tuple[str | None, str]


def key(entry: polib.POEntry) -> Key:
    """What gettext looks a message up by."""
    return entry.msgctxt, entry.msgid


def texts(entry: polib.POEntry) -> list[str]:
    """The translations of an entry: one, or one for each plural form."""
    return list(entry.msgstr_plural.values()) or [entry.msgstr]


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory, project: Path) -> dict[Key, polib.POEntry]:
    """The messages that stand in the Python files and the templates today."""
    if not shutil.which("xgettext"):
        pytest.fail("gettext is missing: install it (Debian: apt-get install gettext).")
    copy = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        if (project / name).is_dir():
            shutil.copytree(project / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(project / name, copy)
    (copy / "locale").mkdir()
    command = [sys.executable, "manage.py", "makemessages", "--locale", "nl", "--keep-pot", "--verbosity", "0"]
    subprocess.run(command, cwd=copy, check=True)
    return {key(entry): entry for entry in polib.pofile(str(copy / "locale" / "django.pot"))}


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """Each language that is not the source's."""
    return request.param


@pytest.fixture(scope="module")
def catalogue(language: str, project: Path) -> polib.POFile:
    """The language's file of messages."""
    path = project / "locale" / language / "LC_MESSAGES" / "django.po"
    return polib.pofile(path.read_text(encoding="utf-8"))


def test_the_header_is_settled(language: str, catalogue: polib.POFile):
    assert not catalogue.metadata_is_fuzzy
    assert catalogue.metadata["Language"] == language
    assert [value for value in catalogue.metadata.values() if re.search("PACKAGE|YEAR|EMAIL", value)] == []


@pytest.mark.slow
def test_every_message_is_in_the_catalogue_and_no_other(extracted: dict[Key, polib.POEntry], catalogue: polib.POFile):
    known = {key(entry) for entry in catalogue if not entry.obsolete}
    assert {"missing": set(extracted) - known, "stale": known - set(extracted)} == {"missing": set(), "stale": set()}


@pytest.mark.slow
def test_every_message_has_its_plural_where_the_source_has_one(
    extracted: dict[Key, polib.POEntry], catalogue: polib.POFile
):
    plurals = {key(entry): entry.msgid_plural for entry in catalogue}
    assert [each for each, entry in extracted.items() if plurals.get(each) != entry.msgid_plural] == []


def test_every_message_is_translated_and_settled(catalogue: polib.POFile):
    unsettled = [entry.msgid for entry in catalogue if entry.fuzzy or entry.obsolete or not all(texts(entry))]
    assert unsettled == []


def test_every_translation_keeps_the_placeholders(catalogue: polib.POFile):
    different = [
        (entry.msgid, text)
        for entry in catalogue
        for text in texts(entry)
        if Counter(PLACEHOLDER.findall(text))
        not in (Counter(PLACEHOLDER.findall(entry.msgid)), Counter(PLACEHOLDER.findall(entry.msgid_plural or "")))
    ]
    assert different == []


def slips(entries: Iterator[tuple[str, str]]) -> list[str]:
    """The texts, by language, that a typesetter would send back."""
    return [
        f"{what}: {text}"
        for language, text in entries
        for what, pattern in (SLIPS | SLIPS_OF[language]).items()
        if re.search(pattern, text)
    ]


def test_translations_are_set_well(language: str, catalogue: polib.POFile):
    assert slips((language, text) for entry in catalogue for text in texts(entry)) == []


@pytest.mark.slow
def test_the_source_is_set_well(extracted: dict[Key, polib.POEntry]):
    assert slips(("en", text) for entry in extracted.values() for text in (entry.msgid, entry.msgid_plural)) == []
