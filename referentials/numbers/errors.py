"""Errors of the numbers: one per check, in the order in which the checks run."""

# ruff: noqa: N818 - the names say what is wrong; the base class says that it is an error


class NumberError(ValueError):
    """The number is not valid for its kind."""


class NotDigits(NumberError):
    """The text contains something other than digits and separators."""


class WrongLength(NumberError):
    """Too few or too many digits, or none."""


class OutOfRange(NumberError):
    """The number lies outside the range of its kind, whatever its check digits."""


class WrongCheckDigits(NumberError):
    """The last two digits do not follow from the others, usually because of a typing error."""


class ImpossibleDate(NumberError):
    """The birth date in the number does not exist, or lies in the future."""
