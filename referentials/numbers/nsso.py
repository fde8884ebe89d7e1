"""The definitive NSSO number of an employer (zone 00011).

A number and two check digits, without leading zeros: 100006 to 199999934, written 1277920-67. The whole equals 96
modulo 97: to get the check digits, append 00 to the number and subtract its remainder modulo 97 from 96. A result of
0 is printed as 97. Domain reference, section 6.

>>> for number in ("1277920-67", "1013805-19", "0009354-67", "1751108-01", "705004-72", "151700-23"):
...     print(validate(number))
127792067
101380519
935467
175110801
70500472
15170023

Both ends of the domain:

>>> validate("1000-06"), validate("1999999-34")
('100006', '199999934')

The zero case ends in 97, never in 00:

>>> validate("1254824-97"), validate("100297")
('125482497', '100297')
>>> validate("100200")
Traceback (most recent call last):
referentials.numbers.errors.WrongCheckDigits
"""

from . import digits
from .errors import NumberError, OutOfRange, WrongCheckDigits

LOWEST, HIGHEST = 100006, 199999934


def compact(number: str) -> str:
    """The digits alone, without leading zeros.

    >>> compact("0009354-67")
    '935467'
    """
    return digits.compact(number).lstrip("0")


def validate(number: str) -> str:
    """The compact form of a valid number.

    >>> validate("1277920-68")
    Traceback (most recent call last):
    referentials.numbers.errors.WrongCheckDigits
    """
    number = compact(number)
    digits.check(number, len(str(LOWEST)), len(str(HIGHEST)))
    if not LOWEST <= int(number) <= HIGHEST:
        raise OutOfRange
    if number[-2:] != check_digits(number[:-2]):
        raise WrongCheckDigits
    return number


def is_valid(number: str) -> bool:
    """Whether `number` is a valid definitive NSSO number."""
    try:
        return bool(validate(number))
    except NumberError:
        return False


def format(number: str) -> str:
    """The official form, a dash before the check digits.

    >>> format("127792067"), format("935467")
    ('1277920-67', '9354-67')
    """
    number = compact(number)
    return f"{number[:-2]}-{number[-2:]}"


def check_digits(number: str) -> str:
    """The two check digits of a definitive or provisional number, given without them.

    >>> check_digits("1277920"), check_digits("1002")
    ('67', '97')
    """
    return digits.check_pair(96 - int(number) * 100 % 97)
