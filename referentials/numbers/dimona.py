"""The number of a declaration or of a period. Both come from one series.

Twelve digits. The last two are the first ten modulo 97; a remainder of 0 is printed as 97, as in the other numbers
(domain reference, section 6).

>>> validate("9000 0000 0116"), validate("900000000116")
('900000000116', '900000000116')
"""

from . import digits
from .errors import NumberError, OutOfRange, WrongCheckDigits

RANK_LENGTH = 10
LENGTH = 12


def compact(number: str) -> str:
    """The digits alone."""
    return digits.compact(number)


def validate(number: str) -> str:
    """The compact form of a valid number.

    >>> validate("900000000117")
    Traceback (most recent call last):
    referentials.numbers.errors.WrongCheckDigits
    """
    number = compact(number)
    digits.check(number, LENGTH, LENGTH)
    if not int(number[:RANK_LENGTH]):
        raise OutOfRange
    if number[RANK_LENGTH:] != digits.check_pair(int(number[:RANK_LENGTH]) % 97):
        raise WrongCheckDigits
    return number


def is_valid(number: str) -> bool:
    """Whether `number` is a valid number of a declaration or period."""
    try:
        return bool(validate(number))
    except NumberError:
        return False


def format(number: str) -> str:
    """Three groups of four digits, separated by no-break spaces.

    >>> format("900000000116").split("\\N{NO-BREAK SPACE}")
    ['9000', '0000', '0116']
    """
    number = compact(number)
    return "\N{NO-BREAK SPACE}".join((number[:4], number[4:8], number[8:]))


def from_rank(rank: int) -> str:
    """The number at `rank`, a positive integer of at most ten digits. Raises ValueError for any other rank.

    >>> from_rank(9000000001)
    '900000000116'
    """
    if not 0 < rank < 10**RANK_LENGTH:
        raise ValueError(f"No rank of the series: {rank}")
    return f"{rank:010d}{digits.check_pair(rank % 97)}"
