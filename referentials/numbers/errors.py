"""What can be wrong with a number. Each error names the check that failed; the checks run in this order."""

# ruff: noqa: N818 - the names say what is wrong; the base class says that it is an error


class NumberError(ValueError):
    """The number cannot be one of its kind."""


class NotDigits(NumberError):
    """Something else than digits and separators was typed."""


class WrongLength(NumberError):
    """Too few or too many digits, or none."""


class OutOfRange(NumberError):
    """No number of this kind lies there, whatever its check digits."""


class WrongCheckDigits(NumberError):
    """The last two digits do not follow from the others: a typing error somewhere."""


class ImpossibleDate(NumberError):
    """The birth date in the number is not in the calendar, or still to come."""
