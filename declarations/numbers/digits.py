"""What every number shares: separators to drop, digits to count."""

from stdnum.util import clean

from .errors import NotDigits, WrongLength

ZERO_CASE = 97


def compact(number: str) -> str:
    """The number without spaces of any kind, dots, dashes and slashes; typographic digits become 0-9.

    >>> compact(" 1277920–67 ")
    '127792067'
    """
    return clean("".join(number.split()), " .-/")


def check(number: str, shortest: int, longest: int) -> None:
    """Raise NotDigits, or WrongLength unless `number` has `shortest` to `longest` digits, both included."""
    if not (number.isascii() and (number.isdigit() or not number)):
        raise NotDigits
    if not shortest <= len(number) <= longest:
        raise WrongLength


def check_pair(remainder: int) -> str:
    """The two check digits of a remainder modulo 97; a remainder of 0 is printed 97.

    >>> check_pair(7), check_pair(0)
    ('07', '97')
    """
    return f"{remainder or ZERO_CASE:02d}"
