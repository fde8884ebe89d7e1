"""The numbers of a declaration: one module each, with python-stdnum's four verbs.

`compact(number)` strips separators, `validate(number)` returns the compact form or raises a `NumberError` that says
which check failed, `is_valid(number)` answers yes or no, `format(number)` writes a valid number as the office prints
it.
"""

from . import card, dimona, enterprise, nsso, provisional_nsso, ssin
from .errors import ImpossibleDate, NotDigits, NumberError, OutOfRange, WrongCheckDigits, WrongLength

__all__ = [
    "ImpossibleDate",
    "NotDigits",
    "NumberError",
    "OutOfRange",
    "WrongCheckDigits",
    "WrongLength",
    "card",
    "dimona",
    "enterprise",
    "nsso",
    "provisional_nsso",
    "ssin",
]
