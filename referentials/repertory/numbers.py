"""The check digits of an employer's numbers, as a file writes them: with dots, dashes, spaces or `BE`, or without.

One formula, modulo 97, for three numbers (domain reference, section 6). Where a person types a number,
referentials.numbers says what is wrong with it; a test holds both against each other.

>>> compact("enterprise_number", "0200.065.765"), compact("nsso_number", "0009354-67")
('0200065765', '935467')
>>> compact("provisional_nsso_number", "51357716-02")
'5135771602'
>>> compact("enterprise_number", "0200.065.766")
Traceback (most recent call last):
ValueError: not a valid enterprise number
"""

from __future__ import annotations

from contextlib import suppress

SEPARATORS = str.maketrans("", "", " .-/")
ENTERPRISE, NSSO, PROVISIONAL = NUMBERS = ("enterprise_number", "nsso_number", "provisional_nsso_number")
# The lowest and highest number of each series; written in full, an enterprise number has ten digits.
BOUNDS = {ENTERPRISE: (100000000, 1999999943), NSSO: (100006, 199999934), PROVISIONAL: (5000000120, 5999999989)}
# What 97 is taken from, and by what the digits before the check digits are multiplied.
FORMULAS = {ENTERPRISE: (97, 1), NSSO: (96, 100), PROVISIONAL: (96, 100)}


def compact(kind: str, text: str) -> str:
    """The digits as the repertory stores them. Raises ValueError, in words, for what is no number of that kind."""
    number = text.translate(SEPARATORS).upper()
    if kind == ENTERPRISE:
        number = number.removeprefix("BE").zfill(10)
    digits = int(number) if number.isascii() and number.isdigit() and len(number) <= 20 else 0
    if (kind == PROVISIONAL and len(number) != 10) or not has_check_digits(kind, digits):
        raise ValueError(f"not a valid {kind.replace('_', ' ').replace('nsso', 'NSSO')}")
    return f"{digits:010d}" if kind == ENTERPRISE else str(digits)


def official_form(kind: str, number: str | None) -> str:
    """A number as the repertory stores it, in the official form; nothing of nothing.

    >>> shown("enterprise_number", "0852093431"), shown("nsso_number", "127792067"), shown("nsso_number", None)
    ('0852.093.431', '1277920-67', '')
    """
    if not number:
        return ""
    return f"{number[:4]}.{number[4:7]}.{number[7:]}" if kind == ENTERPRISE else f"{number[:-2]}-{number[-2:]}"


def has_check_digits(kind: str, digits: int) -> bool:
    """Whether the number lies in the series and its last two digits follow from the others; 0 is printed 97."""
    lowest, highest = BOUNDS[kind]
    subtrahend, factor = FORMULAS[kind]
    before, check = divmod(digits, 100)
    remainder = subtrahend - before * factor % 97
    return lowest <= digits <= highest and check == (remainder or 97)


def possible_numbers(text: str) -> dict[str, str]:
    """The numbers that a text typed in a search box can mean, each by its kind; none for other words.

    >>> numbers_meant("BE 852 093 431"), numbers_meant("1277920-67"), numbers_meant("Demo 1-2")
    ({'enterprise_number': '0852093431'}, {'nsso_number': '127792067'}, {})
    """
    found = {}
    for kind in NUMBERS:
        with suppress(ValueError):
            found[kind] = compact(kind, text)
    return found
