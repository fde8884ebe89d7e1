"""Names of persons: allowed characters, folding for comparison, and look-up hashes."""

from __future__ import annotations

import unicodedata

from referentials.folding import fold

from .encryption import keyed_hash

NAME_PUNCTUATION = frozenset(" -‐'’ʼ.")


def is_name_character(character: str) -> bool:
    """Whether a name may contain it: letters and marks of every script and some punctuation (ruling 17)."""
    return unicodedata.category(character)[0] in "LM" or character in NAME_PUNCTUATION


def is_text_character(character: str) -> bool:
    """Whether it is printable: no control, format, bidirectional, private or unassigned character."""
    return unicodedata.category(character)[0] != "C"


def ssin_hash(ssin: str) -> str:
    """The look-up hash of a compact SSIN."""
    return keyed_hash("ssin", ssin)


def birth_date_hash(birth_date: str) -> str:
    """The look-up hash of a birth date (ISO); empty without one, or when only the year is known."""
    return keyed_hash("birth_date", birth_date) if birth_date and not birth_date.endswith("-00") else ""


def family_name_hash(family_name: str) -> str:
    """The look-up hash of a family name, equal for spellings that fold alike; empty for no name."""
    folded = fold(family_name)
    return keyed_hash("family_name", folded) if folded else ""
