"""The enterprise number of the Crossroads Bank for Enterprises (KBO, BCE, ZUD; zone 00014).

Ten digits, the first 0 or 1, written 0852.093.431. The last two are 97 minus the remainder of the first eight modulo
97. Nine digits are read as the format used before 2003, which had no leading 0. Domain reference, section 6.

>>> validate("0412345614"), validate("1234567894"), validate("BE 0852.093.431")
('0412345614', '1234567894', '0852093431')
>>> validate("852093431")
'0852093431'

The last number of the series:

>>> validate("1999999943")
'1999999943'
"""

from . import digits
from .errors import NumberError, OutOfRange, WrongCheckDigits

LENGTH = 10
# Numbers of nine digits never began with 0, so no lower number exists, although python-stdnum accepts 0000000097.
LOWEST, HIGHEST = 100000000, 1999999943


def compact(number: str) -> str:
    """The ten digits, without the prefix BE.

    >>> compact("be 852.093.431")
    '0852093431'
    """
    compact = digits.compact(number).upper().removeprefix("BE")
    if compact.startswith("(0)"):
        compact = f"0{compact[3:]}"
    return compact.zfill(LENGTH) if len(compact) == LENGTH - 1 else compact


def validate(number: str) -> str:
    """The compact form of a valid number.

    >>> validate("0852093432")
    Traceback (most recent call last):
    referentials.numbers.errors.WrongCheckDigits
    >>> validate("0000000097")
    Traceback (most recent call last):
    referentials.numbers.errors.OutOfRange
    """
    number = compact(number)
    digits.check(number, LENGTH, LENGTH)
    if not LOWEST <= int(number) <= HIGHEST:
        raise OutOfRange
    if number[-2:] != digits.check_pair(97 - int(number[:-2]) % 97):
        raise WrongCheckDigits
    return number


def is_valid(number: str) -> bool:
    """Whether `number` is a valid enterprise number."""
    try:
        return bool(validate(number))
    except NumberError:
        return False


def format(number: str) -> str:
    """The official form.

    >>> format("0852093431")
    '0852.093.431'
    """
    number = compact(number)
    return f"{number[:4]}.{number[4:7]}.{number[7:]}"
