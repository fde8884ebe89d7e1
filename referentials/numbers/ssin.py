"""SSIN: the social security identification number (NISS, INSZ, ENSS), national or BIS.

Eleven digits: the birth date as YYMMDD, a counter, and two check digits. The check digits are 97 minus the remainder
of the first nine digits modulo 97; for people born from 2000 on, a 2 is put before those nine. A BIS number, for
people who are not in the National Register, adds 20 (sex unknown) or 40 (sex known) to the month. Unknown parts of the
birth date are written 00. Domain reference, section 6; python-stdnum parses the number.

Born before 2000, and after:

>>> validate("85.07.30-033.28"), validate("90.02.14-124.02"), validate("80.06.15-011.97")
('85073003328', '90021412402', '80061501197')
>>> validate("01.05.09-077.29"), validate("04.12.31-002.41")
('01050907729', '04123100241')

BIS, sex known or unknown; the manual writes its example in another format:

>>> validate("79.43.03-450.62"), validate("02.28.08-111.13"), validate("004102-195-32")
('79430345062', '02280811113', '00410219532')
>>> format("00410219532")
'00.41.02-195.32'

An incomplete birth date:

>>> validate("70.00.00-015.97")
'70000001597'
>>> birth_date("70.00.00-015.97") is None
True
"""

import calendar
from datetime import date

from stdnum.be import ssn
from stdnum.exceptions import InvalidChecksum, InvalidComponent

from . import digits
from .errors import ImpossibleDate, NumberError, OutOfRange, WrongCheckDigits

LENGTH = 11
# The Crossroads Bank uses any counter in a BIS number; the National Register uses 001 to 998 only.
NO_NATIONAL_COUNTERS = ("000", "999")


def compact(number: str) -> str:
    """The digits alone.

    >>> compact("85.07.30-033.28")
    '85073003328'
    """
    return digits.compact(number)


def validate(number: str, today: date | None = None) -> str:
    """The compact form of a valid number. With `today`, a birth date after that day is refused too.

    >>> validate("85.07.30-033.29")
    Traceback (most recent call last):
    referentials.numbers.errors.WrongCheckDigits
    >>> validate("01.05.09-077.29", today=date(2001, 5, 8))
    Traceback (most recent call last):
    referentials.numbers.errors.ImpossibleDate
    """
    number = compact(number)
    digits.check(number, LENGTH, LENGTH)
    if _is_national(number) and number[6:9] in NO_NATIONAL_COUNTERS:
        raise OutOfRange
    try:
        ssn.validate(number)
    except InvalidChecksum:
        raise (ImpossibleDate if _is_of_a_year_to_come(number) else WrongCheckDigits) from None
    except InvalidComponent:
        raise ImpossibleDate from None
    _check_birth_date(number, today)
    return number


def is_valid(number: str, today: date | None = None) -> bool:
    """Whether `number` is a valid SSIN, with a birth date on or before `today` when that is given."""
    try:
        return bool(validate(number, today))
    except NumberError:
        return False


def format(number: str) -> str:
    """The official form, 85.07.30-033.28."""
    return ssn.format(compact(number))


def mask(number: str) -> str:
    """The official form with all but the check digits hidden, for pages that must not reveal it (ruling 11).

    >>> mask("00410219532")
    '••.••.••-•••.32'
    """
    return f"••.••.••-•••.{compact(number)[-2:]}"


def birth_date(number: str) -> date | None:
    """The birth date of a valid number, or None if the day, the month or the whole date is unknown.

    >>> birth_date("01.05.09-077.29"), birth_date("79.43.03-450.62")
    (datetime.date(2001, 5, 9), datetime.date(1979, 3, 3))
    """
    return ssn.get_birth_date(validate(number))


def _is_national(number: str) -> bool:
    return int(number[2:4]) <= 12


def _is_of_a_year_to_come(number: str) -> bool:
    # stdnum tries the leading 2 only for years that have begun.
    return 97 - int(f"2{number[:9]}") % 97 == int(number[9:])


def _check_birth_date(number: str, today: date | None) -> None:
    year, month = ssn.get_birth_year(number), ssn.get_birth_month(number)
    if not year:
        return
    # stdnum reads 30 February as an unknown day, but only 00 means that. Without a month, the day counts overflows.
    day = int(number[4:6]) if month else 0
    if month and day > calendar.monthrange(year, month)[1]:
        raise ImpossibleDate
    if today and date(year, month or 1, day or 1) > today:
        raise ImpossibleDate
