"""What is not ours is listed as it is locked, under licences that somebody allowed."""

from __future__ import annotations

import pytest

from tests.support import licences
from tests.support.licences import RUN_ONLY, SERVED, LicenceError, is_allowed, licence_of, locked, packages, spdx


def test_the_page_is_what_the_locked_requirements_say():
    assert licences.PAGE.read_text(encoding="utf-8") == "\n".join(licences.lines()) + "\n", (
        "python -m tests.support.licences writes it anew"
    )


def test_every_line_of_a_requirement_file_is_read():
    for file in licences.HEADINGS:
        text = (licences.PROJECT / "requirements" / f"{file}.txt").read_text(encoding="utf-8")
        assert len(locked(text)) == text.count("==") - text.count(" == "), file
        assert len(locked(text)) > 10


@pytest.mark.parametrize(
    ("expression", "is_served", "is_run"),
    [
        ("MIT", True, True),
        ("Apache-2.0 OR BSD-3-Clause", True, True),
        ("GPL-2.0-or-later OR MPL-1.1", True, True),
        ("GPL-3.0-or-later", False, True),
        ("Apache-2.0 AND CNRI-Python", False, True),
        ("AGPL-3.0-only", False, False),
        ("MIT AND AGPL-3.0-only", False, False),
        ("", False, False),
    ],
)
def test_what_is_allowed(expression: str, is_served: bool, is_run: bool):
    assert (is_allowed(expression, SERVED), is_allowed(expression, RUN_ONLY)) == (is_served, is_run)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["MIT License"], "MIT"),
        (["BSD License", "Apache Software License"], "Apache-2.0 OR BSD"),
        (["Dual License"], ""),
        ([""], ""),
    ],
)
def test_words_become_names(said: list[str], expected: str):
    assert spdx(said) == expected


@pytest.mark.parametrize(
    ("name", "version", "reason"),
    [("not-there", "1.0", "names no licence"), ("Django", "1.0", "1.0 is locked and 5")],
)
def test_what_cannot_be_told_stops_the_page(name: str, version: str, reason: str):
    with pytest.raises(LicenceError, match=reason):
        licence_of(name, version)


def test_what_is_not_allowed_stops_the_page(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(licences, "SERVED", {"MIT"})
    with pytest.raises(LicenceError, match=r"not allowed: .*django"):
        packages("run")
