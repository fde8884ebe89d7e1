"""The number of a C3.2A card (zones 00663 and 00664).

At most twelve digits, without published check digits and not all zeros (domain reference 3.6). The digits are stored
as printed on the card.

>>> validate("3636"), validate(" 3737 ")
('3636', '3737')
"""

from . import digits
from .errors import NumberError, OutOfRange

LONGEST = 12


def compact(number: str) -> str:
    """The digits alone."""
    return digits.compact(number)


def validate(number: str) -> str:
    """The compact form of a possible number.

    >>> validate("0000")
    Traceback (most recent call last):
    referentials.numbers.errors.OutOfRange
    """
    number = compact(number)
    digits.check(number, 1, LONGEST)
    if not int(number):
        raise OutOfRange
    return number


def is_valid(number: str) -> bool:
    """Whether `number` can be the number of a card."""
    try:
        return bool(validate(number))
    except NumberError:
        return False


def format(number: str) -> str:
    """The digits, as the card prints them."""
    return compact(number)
