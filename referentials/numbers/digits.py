"""Functions that all numbers share: dropping separators, counting digits, writing check digits."""

import unicodedata

from stdnum.util import clean

from .errors import NotDigits, WrongLength

ZERO_CASE = 97
# The separators and the ASCII characters that `str.split` takes for a space; stdnum reads a backtick as an apostrophe.
ASCII_SEPARATORS = str.maketrans("`", "'", " .-/\t\n\v\f\r\x1c\x1d\x1e\x1f")


def visible(text: str) -> str:
    """The text without invisible format characters (zero width, direction), which copy and paste brings along.

    >>> visible("85.07.30\\u200b-033.28\\u200e")
    '85.07.30-033.28'
    """
    return "".join(character for character in text if unicodedata.category(character) != "Cf")


def compact(number: str) -> str:
    """The number without spaces, dots, dashes, slashes and invisible characters; typographic digits become 0-9.

    >>> compact(" 1277920–67 ")
    '127792067'
    """
    if number.isascii():
        # The same result, faster: files of the repertory hold millions of numbers.
        return number.translate(ASCII_SEPARATORS)
    return clean("".join(visible(number).split()), " .-/")


def check(number: str, shortest: int, longest: int) -> None:
    """Raise NotDigits if there is anything but digits, WrongLength unless there are `shortest` to `longest`."""
    if not (number.isascii() and (number.isdigit() or not number)):
        raise NotDigits
    if not shortest <= len(number) <= longest:
        raise WrongLength


def check_pair(remainder: int) -> str:
    """The two check digits for a remainder modulo 97; a remainder of 0 is printed as 97.

    >>> check_pair(7), check_pair(0)
    ('07', '97')
    """
    return f"{remainder or ZERO_CASE:02d}"
