"""The provisional NSSO number (zone 00948), used until the definitive one is issued.

Ten digits, 5000000120 to 5999999989. The last two are computed as in the definitive number. Domain reference,
section 6.

>>> validate("51357716-02"), validate("5000004097")
('5135771602', '5000004097')

Both ends of the domain:

>>> validate("50000001-20"), validate("59999999-89")
('5000000120', '5999999989')
"""

from . import digits, nsso
from .errors import NumberError, OutOfRange, WrongCheckDigits

LENGTH = 10
LOWEST, HIGHEST = 5000000120, 5999999989


def compact(number: str) -> str:
    """The digits alone."""
    return digits.compact(number)


def validate(number: str) -> str:
    """The compact form of a valid number.

    >>> validate("51357716-03")
    Traceback (most recent call last):
    referentials.numbers.errors.WrongCheckDigits
    """
    number = compact(number)
    digits.check(number, LENGTH, LENGTH)
    if not LOWEST <= int(number) <= HIGHEST:
        raise OutOfRange
    if number[-2:] != nsso.check_digits(number[:-2]):
        raise WrongCheckDigits
    return number


def is_valid(number: str) -> bool:
    """Whether `number` is a valid provisional NSSO number."""
    try:
        return bool(validate(number))
    except NumberError:
        return False


def format(number: str) -> str:
    """The official form, a dash before the check digits.

    >>> format("5135771602")
    '51357716-02'
    """
    return nsso.format(number)
