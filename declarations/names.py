"""Names of persons: allowed characters, the fields of an identity, how a name is shown, and look-up hashes."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from referentials.folding import fold

from .encryption import keyed_hash

# What may be known of a worker besides the SSIN, in the order of the form.
IDENTITY_FIELDS = (
    "family_name", "given_name", "initial", "sex", "birth_date", "birth_place", "birth_country", "nationality",
)  # fmt: skip
# Those by which a reviewer finds a worker again.
MATCHED_FIELDS = ("family_name", "given_name", "birth_date", "sex")
NAME_PUNCTUATION = frozenset(" -‐'’ʼ.")


def is_name_character(character: str) -> bool:
    """Whether a name may contain it: letters and marks of every script and some punctuation (ruling 17)."""
    return unicodedata.category(character)[0] in "LM" or character in NAME_PUNCTUATION


def is_text_character(character: str) -> bool:
    """Whether it is printable: no control, format, bidirectional, private or unassigned character."""
    return unicodedata.category(character)[0] != "C"


def display_name(identity: Mapping[str, Any]) -> str:
    """The family name and the given name, as far as they are known; words when neither is.

    >>> display_name({"family_name": "Demo", "given_name": "Eric"}), display_name({"given_name": "Eric"})
    ('Demo, Eric', 'Eric')
    """
    names = [identity[name] for name in ("family_name", "given_name") if identity.get(name)]
    return ", ".join(names) or str(_("name not known"))


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
