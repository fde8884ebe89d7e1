"""The texts of the tables in their files: complete, with correct typography, without personal data."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest
from babel import Locale

DATA = Path(__file__).resolve().parents[2] / "referentials" / "data"
LANGUAGES = ("nl", "fr", "de", "en")
LABELS = [f"label_{language}" for language in LANGUAGES]
REPAIRS = [f"repair_{language}" for language in LANGUAGES]
DATED = ["valid_from", "valid_until", "source"]
COLUMNS = {
    "anomalies": ["code", "rule", "anomaly_class", "step", *LABELS, *REPAIRS, *DATED],
    "countries": ["code", "iso2", *LABELS, *DATED],
    "nationalities": ["code", *LABELS, *DATED],
    "postal_codes": ["code", *LABELS, *DATED],
}
KEYS = {table: ["code", "valid_from"] for table in COLUMNS} | {
    "anomalies": ["code", "rule", "valid_from"],
    "postal_codes": ["code", "label_nl", "valid_from"],
}
CODE_FORMS = {
    "anomalies": r"\d{5}-\d{3}",
    "countries": r"00[1-6]\d\d",
    "nationalities": r"00\d{3}",
    "postal_codes": r"[1-9]\d{3}",
}
STEPS = {"start", "employer", "worker", "characteristics", "period", "overview"}

# Domain reference 7.2: the sixteen codes that let a declaration pass; every other one refuses it.
WARNINGS = {
    "00014-022", "00024-348", "00025-348", "00026-348", "00028-348", "00029-348", "90017-058", "90017-369",
    "90017-510", "90017-514", "90017-515", "90256-369", "90373-460", "90373-483", "90378-460", "90378-483",
}  # fmt: skip

# The codes that a Dimona IN may get, by zone or block.
ANSWERS_TO_AN_IN = """
00011 001 003 235 / 00014 001 003 235 / 00024 001 003 / 00025 003 / 00026 003 / 00027 003 / 00028 003 / 00029 003
00030 003 / 00031 003 / 00032 003 / 00033 003 / 00034 003 / 00035 003 / 00041 003 005 521 / 00046 001 003
00053 001 003 005 / 00119 003 / 00131 003 005 235 / 00153 003 005 / 00168 003 / 00169 003 / 00222 003
00517 001 003 005 / 00518 001 003 005 / 00519 003 005 / 00520 001 003 005 / 00522 001 003 005 / 00523 001 003 005
00655 001 003 350 / 00663 001 003 005 / 00664 001 003 005 353 / 00776 001 003 005 / 00777 001 003 005
00778 001 003 005 345 / 00910 001 003 008 459 / 00911 001 003 005 008 014 / 00948 003 235 / 01135 001 003 005
01231 001 003 005 / 90017 151 363 369 510 / 90107 351 352 / 90256 342 364 369 / 90373 333 334 341 343 421 460
90374 349
"""
# Additional codes for an OUT, a Modification or a Cancellation.
ANSWERS_ON_A_PERIOD = """
00014 347 / 00910 005 344 / 00911 344 / 00913 001 003 354 355 356 357 359 362
90378 333 334 341 343 360 361 368 421 444 460
"""
# The steps before the overview that an OUT or a Modification has; a Cancellation has the first alone.
STEPS_ON_A_PERIOD = {"start", "period"}

NBSP = "\N{NO-BREAK SPACE}"
# A punctuation mark without its no-break space; the colon in 08:30 needs none.
BARE_FRENCH_SIGN = re.compile(rf"[^{NBSP}][;!?»]|[^{NBSP}\d]:|:(?=\S)(?!\d)|«[^{NBSP}]|«$")
QUOTES = {"nl": "‘’", "fr": "«»", "de": "„“", "en": "‘’"}
# Five digits in a row, or nine with common separators: a number of a person or of a period.
NUMBER_LIKE = re.compile(rf"\d{{5}}|\d(?:[ {NBSP}./:-]?\d){{8}}")
# Terms of another language or country; the texts name fields as the screens do.
FOREIGN_TERMS = {
    "nl": r"\b(?:NISS|SSIN|ENSS|ONSS|LSS|NSSO)\b",
    "fr": r"\b(?:INSZ|SSIN|ENSS|RSZ|LSS|NSSO)\b",
    "de": r"\b(?:NISS|INSZ|SSIN|ONSS|RSZ|NSSO|[Dd]u|[Dd]ein\w*)\b",
    "en": r"\b(?:NISS|INSZ|ENSS|ONSS|RSZ|LSS)\b",
}
BRUSSELS = {1000, 1030, 1040, 1050, 1060, 1070, 1080, 1081, 1082, 1083, 1090, 1140, 1150, 1160, 1170, 1180, 1190,
            1200, 1210}  # fmt: skip
GERMAN_SPEAKING = {4700, 4710, 4720, 4730, 4750, 4760, 4770, 4780, 4790}
PROVINCIAL_CAPITALS = {1300, 2000, 3000, 3500, 4000, 5000, 6700, 7000, 8000, 9000}
REFUGEES_FROM = 700


def rows(table: str) -> list[dict[str, str]]:
    with (DATA / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def texts(table: str, *languages: str) -> list[tuple[str, str]]:
    """Every label and repair in `languages`, each with its place."""
    wanted = [name for name in COLUMNS[table] if name.startswith(("label_", "repair_")) and name[-2:] in languages]
    return [(f"{row['code']} {name}", row[name]) for row in rows(table) for name in wanted]


def broken(table: str, language: str, pattern: str | re.Pattern[str]) -> list[str]:
    """The texts in `language` that match `pattern`, with their places."""
    return [f"{place}: {text}" for place, text in texts(table, language) if re.search(pattern, text)]


def codes_of(answers: str) -> set[str]:
    """The codes in a list by zone or block."""
    groups = re.split(r"[/\n]", answers.strip())
    return {f"{zone}-{code}" for zone, *codes in map(str.split, groups) for code in codes}


every_table = pytest.mark.parametrize("table", COLUMNS)
every_language = pytest.mark.parametrize("language", LANGUAGES)


@every_table
def test_columns(table: str) -> None:
    with (DATA / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file, strict=True)
    assert header == COLUMNS[table]
    assert lines
    assert {len(line) for line in lines} == {len(header)}


@every_table
def test_codes_are_well_formed_and_keys_unique(table: str) -> None:
    keys = Counter(tuple(row[name] for name in KEYS[table]) for row in rows(table))
    assert [key for key, count in keys.items() if count > 1] == []
    assert [row["code"] for row in rows(table) if not re.fullmatch(CODE_FORMS[table], row["code"])] == []


@every_table
def test_texts_and_sources_are_filled_trimmed_and_fit(table: str) -> None:
    sources = [(row["code"], row["source"]) for row in rows(table)]
    for place, text in texts(table, *LANGUAGES) + sources:
        assert text, place
        assert text == text.strip(), place
        assert not re.search(r"\s{2}|[\r\n\t]", text), place
        assert "repair" in place or len(text) <= 300, place


@every_table
def test_dates_are_iso_and_in_order(table: str) -> None:
    for row in rows(table):
        bounds = [date.fromisoformat(row[name]) for name in ("valid_from", "valid_until") if row[name]]
        assert bounds == sorted(bounds), row["code"]


@every_table
@every_language
def test_apostrophes_are_typographic(table: str, language: str) -> None:
    assert broken(table, language, r"['\"`´]") == []


@every_table
def test_french_signs_have_their_no_break_space(table: str) -> None:
    assert broken(table, "fr", BARE_FRENCH_SIGN) == []


@pytest.mark.parametrize(
    ("text", "is_bare"),
    [
        (f"Vérifiez{NBSP}: dix chiffres", False),
        (f"«{NBSP}Ouvrier{NBSP}»{NBSP}; ensuite", False),
        ("à 08:30.", False),
        ("Vérifiez : dix chiffres", True),
        ("Vérifiez: dix chiffres", True),
        ("« Ouvrier »", True),
        (f"«{NBSP}Ouvrier»", True),
        ("Vraiment ?", True),
    ],
)
def test_what_a_bare_french_sign_is(text: str, is_bare: bool) -> None:
    assert bool(BARE_FRENCH_SIGN.search(text)) is is_bare


def test_anomaly_codes_classes_and_steps() -> None:
    anomalies = {row["code"]: row for row in rows("anomalies")}
    assert (codes_of(ANSWERS_TO_AN_IN) | codes_of(ANSWERS_ON_A_PERIOD)) - anomalies.keys() == set()
    wrong = {code for code, row in anomalies.items() if row["anomaly_class"] != ("NP" if code in WARNINGS else "B")}
    assert wrong == set()
    assert {row["step"] for row in anomalies.values()} <= STEPS
    assert {anomalies[code]["step"] for code in codes_of(ANSWERS_ON_A_PERIOD)} <= STEPS_ON_A_PERIOD


@every_language
def test_anomaly_texts_are_sentences(language: str) -> None:
    wrong = [place for place, text in texts("anomalies", language) if not (text[0].isupper() and text.endswith("."))]
    assert wrong == []
    assert [row["code"] for row in rows("anomalies") if row[f"label_{language}"].count(". ")] == []


@every_language
def test_anomaly_texts_speak_their_own_language(language: str) -> None:
    assert broken("anomalies", language, FOREIGN_TERMS[language]) == []
    others = "".join({mark for marks in QUOTES.values() for mark in marks} - set(QUOTES[language]) - {"’"})
    assert broken("anomalies", language, f"[{others}{{}}]") == []


def test_anomaly_texts_differ_between_languages() -> None:
    for row in rows("anomalies"):
        for names in (LABELS, REPAIRS):
            same = [(one, two) for one, two in combinations(names, 2) if row[one] == row[two]]
            assert same == [], row["code"]
        assert not {row[name] for name in LABELS} & {row[name] for name in REPAIRS}, row["code"]


@every_language
def test_anomaly_labels_tell_one_code_from_another(language: str) -> None:
    labels = Counter(label for _code, label in {(row["code"], row[f"label_{language}"]) for row in rows("anomalies")})
    assert [label for label, count in labels.items() if count > 1] == []


@every_language
def test_anomaly_texts_hold_no_number_of_anyone(language: str) -> None:
    assert broken("anomalies", language, NUMBER_LIKE) == []


@pytest.mark.parametrize(
    ("text", "is_number"),
    [
        ("bijvoorbeeld 27/3/2026", False),
        ("van 00:00 tot 23:59", False),
        ("from 1 to 999, not before 1920", False),
        ("00.41.02-195.32", True),
        ("1277920-67", True),
        ("9000 0000 0152", True),
        (f"9000{NBSP}0000{NBSP}0152", True),
    ],
)
def test_what_looks_like_a_number(text: str, is_number: bool) -> None:
    assert bool(NUMBER_LIKE.search(text)) is is_number


@every_language
def test_countries_bear_the_names_of_cldr(language: str) -> None:
    names = Locale(language).territories
    label = f"label_{language}"
    wrong = [(row["iso2"], row[label]) for row in rows("countries") if row[label] != names.get(row["iso2"])]
    assert wrong == []


def test_countries_have_one_code_each() -> None:
    codes = {row["iso2"]: row["code"] for row in rows("countries")}
    assert len(codes) == len(rows("countries")) == 226
    known = {"BE": "00150", "NL": "00129", "FR": "00111", "DE": "00103", "LU": "00113", "GB": "00112", "HK": "00230",
             "SZ": "00347", "XK": "00153"}  # fmt: skip
    assert {iso2: codes[iso2] for iso2 in known} == known


@every_language
def test_nationalities_differ_from_their_country_and_from_each_other(language: str) -> None:
    label = f"label_{language}"
    countries = {row["code"]: row[label].casefold() for row in rows("countries")}
    nationalities = [row[label].casefold() for row in rows("nationalities")]
    same = [row["code"] for row in rows("nationalities") if countries.get(row["code"]) == row[label].casefold()]
    assert same == []
    assert [name for name, count in Counter(nationalities).items() if count > 1] == []


def test_nationalities_are_those_of_countries_or_special() -> None:
    codes = {row["code"] for row in rows("nationalities")}
    countries = {row["code"] for row in rows("countries")}
    assert {code for code in codes if int(code) < REFUGEES_FROM} - countries == set()
    assert {"00700", "00710", "00900", "00999"} <= codes
    belgian = next(row for row in rows("nationalities") if row["code"] == "00150")
    assert [belgian[name] for name in LABELS] == ["Belgische", "Belge", "Belgisch", "Belgian"]


def test_postal_codes_suggest_the_towns_they_promise() -> None:
    codes = {int(row["code"]) for row in rows("postal_codes")}
    assert (BRUSSELS | GERMAN_SPEAKING | PROVINCIAL_CAPITALS) - codes == set()
    brussels = next(row for row in rows("postal_codes") if row["code"] == "1000")
    assert [brussels[name] for name in LABELS] == ["Brussel", "Bruxelles", "Brüssel", "Brussels"]
