"""Folding of names: spellings of one name compare equal, whatever their case, accents and punctuation."""

from __future__ import annotations

import unicodedata

# Letters that Unicode does not decompose into a base letter and an accent.
UNDECOMPOSED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})


def fold(name: str) -> str:
    """The name without case, accents, spaces and punctuation, for comparing, searching and sorting only.

    >>> fold("Cœur de l’Été, S.A."), fold("Łódź Trans")
    ('coeurdeletesa', 'lodztrans')
    """
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(UNDECOMPOSED))
    return "".join(character for character in decomposed if character.isalnum())
