"""The three numbers of an employer, each by the name of its column.

>>> compact("enterprise_number", "0200.065.765"), compact("nsso_number", "0009354-67")
('0200065765', '935467')
>>> compact("enterprise_number", "0200.065.766")
Traceback (most recent call last):
ValueError: not a valid enterprise number
"""

from types import ModuleType

from . import enterprise, nsso, provisional_nsso
from .errors import NumberError

ENTERPRISE, NSSO, PROVISIONAL = NUMBERS = ("enterprise_number", "nsso_number", "provisional_nsso_number")
MODULES: dict[str, ModuleType] = dict(zip(NUMBERS, (enterprise, nsso, provisional_nsso), strict=True))


def compact(column: str, text: str) -> str:
    """The compact form, as the repertory stores it. Raises ValueError, in words, for no number of that kind."""
    try:
        return str(MODULES[column].validate(text))
    except NumberError:
        raise ValueError(f"not a valid {column.replace('_', ' ').replace('nsso', 'NSSO')}") from None


def format(column: str, number: str | None) -> str:
    """The official form of a stored number; empty for none.

    >>> format("enterprise_number", "0852093431"), format("nsso_number", "127792067"), format("nsso_number", None)
    ('0852.093.431', '1277920-67', '')
    """
    return str(MODULES[column].format(number)) if number else ""


def possible_numbers(text: str) -> dict[str, str]:
    """The numbers that a text typed in a search box can mean, by column; none for other words.

    >>> possible_numbers("BE 852 093 431"), possible_numbers("1277920-67"), possible_numbers("Demo 1-2")
    ({'enterprise_number': '0852093431'}, {'nsso_number': '127792067'}, {})
    """
    return {column: module.compact(text) for column, module in MODULES.items() if module.is_valid(text)}
