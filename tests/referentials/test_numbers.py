"""The numbers: printed formats, refused numbers with the failed check, and robustness against any input.

The published examples are the doctests of each module.
"""

from __future__ import annotations

from datetime import date, timedelta
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.be import vat

from referentials.numbers import (
    ImpossibleDate,
    NotDigits,
    NumberError,
    OutOfRange,
    WrongCheckDigits,
    WrongLength,
    card,
    digits,
    dimona,
    enterprise,
    nsso,
    provisional_nsso,
    ssin,
)

MODULES = (card, dimona, enterprise, nsso, provisional_nsso, ssin)
steady = settings(deadline=None)
NBSP, THIN = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"


def ssin_of(birth: str, counter: int = 1, *, prefix: str = "") -> str:
    """The SSIN for YYMMDD and a counter by the official formula; `prefix` is 2 for people born from 2000 on."""
    first_nine = f"{birth}{counter:03d}"
    return f"{first_nine}{97 - int(prefix + first_nine) % 97:02d}"


# -- what is accepted ------------------------------------------------------------------------------------------

ACCEPTED = [
    (ssin, "85.07.30-033.28", "85073003328", "85.07.30-033.28"),
    (ssin, "85073003328", "85073003328", "85.07.30-033.28"),
    (ssin, f" 85{NBSP}07{THIN}30 033/28\t", "85073003328", "85.07.30-033.28"),
    (ssin, "85.07.30\N{EN DASH}033.28", "85073003328", "85.07.30-033.28"),
    (ssin, "\N{FULLWIDTH DIGIT EIGHT}5073003328", "85073003328", "85.07.30-033.28"),
    (ssin, "\N{LEFT-TO-RIGHT MARK}85.07.30-\N{ZERO WIDTH SPACE}033.28", "85073003328", "85.07.30-033.28"),
    (ssin, "01.05.09-077.29", "01050907729", "01.05.09-077.29"),
    (ssin, "79.43.03-450.62", "79430345062", "79.43.03-450.62"),
    (ssin, "02.28.08-111.13", "02280811113", "02.28.08-111.13"),
    (ssin, "70.00.00-015.97", "70000001597", "70.00.00-015.97"),
    (ssin, ssin_of("000001"), "00000100166", "00.00.01-001.66"),
    (ssin, "81.05.00-001.86", "81050000186", "81.05.00-001.86"),
    (ssin, "80.40.99-999.28", "80409999928", "80.40.99-999.28"),
    (enterprise, "0852093431", "0852093431", "0852.093.431"),
    (enterprise, "852093431", "0852093431", "0852.093.431"),
    (enterprise, "BE 0852.093.431", "0852093431", "0852.093.431"),
    (enterprise, "be-852/093/431", "0852093431", "0852.093.431"),
    (enterprise, "(0)852 093 431", "0852093431", "0852.093.431"),
    (enterprise, "1234567894", "1234567894", "1234.567.894"),
    (enterprise, "1999999943", "1999999943", "1999.999.943"),
    (nsso, "1277920-67", "127792067", "1277920-67"),
    (nsso, "001277920/67", "127792067", "1277920-67"),
    (nsso, "0009354-67", "935467", "9354-67"),
    (nsso, "1254824-97", "125482497", "1254824-97"),
    (nsso, "100297", "100297", "1002-97"),
    (provisional_nsso, "51357716-02", "5135771602", "51357716-02"),
    (provisional_nsso, "5000004097", "5000004097", "50000040-97"),
    (dimona, f"9000{NBSP}0000{NBSP}0116", "900000000116", f"9000{NBSP}0000{NBSP}0116"),
    (dimona, "9000.0000.0116", "900000000116", f"9000{NBSP}0000{NBSP}0116"),
    (card, "3636", "3636", "3636"),
    (card, "0000 0000 0001", "000000000001", "000000000001"),
]


@pytest.mark.parametrize(("module", "typed", "compact", "formatted"), ACCEPTED)
def test_a_number_is_accepted_as_people_type_it(module: ModuleType, typed: str, compact: str, formatted: str) -> None:
    assert module.validate(typed) == compact
    assert module.compact(typed) == compact
    assert module.is_valid(typed)
    assert module.format(compact) == formatted


# -- what is refused, and which check says so ------------------------------------------------------------------

REFUSED = [
    (ssin, "", WrongLength),
    (ssin, "8507300332", WrongLength),
    (ssin, "850730033288", WrongLength),
    (ssin, "8507300332O", NotDigits),
    (ssin, "85073003328\0", NotDigits),
    (ssin, "\N{ARABIC-INDIC DIGIT EIGHT}5073003328", NotDigits),
    (ssin, "85.07.30-033.29", WrongCheckDigits),
    (ssin, "85.07.30-034.28", WrongCheckDigits),
    (ssin, "00000000097", OutOfRange),
    (ssin, ssin_of("000000", 0, prefix="2"), OutOfRange),
    (ssin, ssin_of("850730", 0), OutOfRange),
    (ssin, ssin_of("850730", 999), OutOfRange),
    (ssin, ssin_of("851231", 0), OutOfRange),
    (ssin, ssin_of("851301"), ImpossibleDate),
    (ssin, ssin_of("853301"), ImpossibleDate),
    (ssin, ssin_of("855301"), ImpossibleDate),
    (ssin, ssin_of("850230"), ImpossibleDate),
    (ssin, ssin_of("854230"), ImpossibleDate),
    (ssin, ssin_of("850229"), ImpossibleDate),
    (ssin, ssin_of("850735"), ImpossibleDate),
    (ssin, ssin_of("990101", prefix="2"), ImpossibleDate),
    (enterprise, "BE", WrongLength),
    (enterprise, "85209343", WrongLength),
    (enterprise, "08520934311", WrongLength),
    (enterprise, "0852O93431", NotDigits),
    (enterprise, "NL0852093431", NotDigits),
    (enterprise, "0852093432", WrongCheckDigits),
    (enterprise, "0000000097", OutOfRange),
    (enterprise, "0099999979", OutOfRange),
    (enterprise, "2000000020", OutOfRange),
    (nsso, "", WrongLength),
    (nsso, "0", WrongLength),
    (nsso, "97", WrongLength),
    (nsso, "100000", OutOfRange),
    (nsso, "200000031", OutOfRange),
    (nsso, "1277920-68", WrongCheckDigits),
    (nsso, "100200", WrongCheckDigits),
    (nsso, "1254824-00", WrongCheckDigits),
    (nsso, "5000004097", WrongLength),
    (nsso, "127792O67", NotDigits),
    (provisional_nsso, "51357716-03", WrongCheckDigits),
    (provisional_nsso, "5000004000", WrongCheckDigits),
    (provisional_nsso, "4999999999", OutOfRange),
    (provisional_nsso, "6000000000", OutOfRange),
    (provisional_nsso, "127792067", WrongLength),
    (provisional_nsso, "51357716+02", NotDigits),
    (dimona, "900000000117", WrongCheckDigits),
    (dimona, "000000000097", OutOfRange),
    (dimona, "90000000011", WrongLength),
    (dimona, "9000000001161", WrongLength),
    (dimona, "90000000011X", NotDigits),
    (card, "", WrongLength),
    (card, "0", OutOfRange),
    (card, "1234567890123", WrongLength),
    (card, "12a4", NotDigits),
    (card, "-", WrongLength),
]


@pytest.mark.parametrize(("module", "typed", "error"), REFUSED)
def test_the_error_says_which_check_failed(module: ModuleType, typed: str, error: type[NumberError]) -> None:
    with pytest.raises(NumberError) as caught:
        module.validate(typed)
    assert caught.type is error
    assert not module.is_valid(typed)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    "typed", ["9" * 10_000, "\0" * 12, "²" * 11, "०" * 12, "\N{RIGHT-TO-LEFT OVERRIDE}" * 10, "BE" * 9]
)
def test_hostile_text_is_refused_without_a_crash(module: ModuleType, typed: str) -> None:
    with pytest.raises(NumberError):
        module.validate(typed)


@pytest.mark.parametrize("module", MODULES)
@steady
@given(typed=st.text() | st.from_regex(r"[0-9 ./-]{1,14}", fullmatch=True))
def test_whatever_is_typed_is_a_number_or_a_number_error(module: ModuleType, typed: str) -> None:
    try:
        number = module.validate(typed)
    except NumberError:
        assert not module.is_valid(typed)
    else:
        assert module.is_valid(typed)
        assert module.validate(number) == number


# -- the formulas ----------------------------------------------------------------------------------------------


@steady
@given(rank=st.integers(min_value=1, max_value=10**10 - 1))
def test_a_rank_makes_a_number_that_reads_back(rank: int) -> None:
    number = dimona.from_rank(rank)
    assert dimona.validate(dimona.format(number)) == number
    assert int(number[:10]) == rank
    assert 1 <= int(number[10:]) <= 97
    assert int(number[10:]) % 97 == rank % 97


def test_the_remainder_0_of_a_rank_is_printed_97() -> None:
    assert dimona.from_rank(97) == "000000009797"
    assert not dimona.is_valid("000000009700")


@pytest.mark.parametrize("rank", [-1, 0, 10**10])
def test_there_is_no_number_outside_the_series(rank: int) -> None:
    with pytest.raises(ValueError, match="No rank"):
        dimona.from_rank(rank)


@steady
@given(body=st.integers(min_value=1000, max_value=1999999))
def test_a_definitive_nsso_number_is_96_modulo_97(body: int) -> None:
    number = f"{body}{nsso.check_digits(str(body))}"
    assert int(number) % 97 == 96
    assert number[-2:] != "00"
    assert nsso.validate(nsso.format(number)) == number


@steady
@given(body=st.integers(min_value=50000001, max_value=59999999))
def test_a_provisional_nsso_number_is_96_modulo_97(body: int) -> None:
    number = f"{body}{nsso.check_digits(str(body))}"
    assert int(number) % 97 == 96
    assert provisional_nsso.validate(provisional_nsso.format(number)) == number


@steady
@given(body=st.integers(min_value=1000000, max_value=19999999))
def test_an_enterprise_number_ends_in_97_less_its_remainder(body: int) -> None:
    number = f"{body:08d}{97 - body % 97:02d}"
    assert enterprise.validate(enterprise.format(number)) == number


DIGIT_BY_DIGIT = [
    (ssin, "85073003328"),
    (ssin, "79430345062"),
    (enterprise, "0852093431"),
    (nsso, "127792067"),
    (nsso, "125482497"),
    (provisional_nsso, "5135771602"),
    (dimona, "900000000116"),
]


@pytest.mark.parametrize(("module", "number"), DIGIT_BY_DIGIT)
def test_one_mistyped_digit_never_passes(module: ModuleType, number: str) -> None:
    for place, right in enumerate(number):
        for wrong in set("0123456789") - {right}:
            assert not module.is_valid(number[:place] + wrong + number[place + 1 :])


# -- the SSIN and its birth date -------------------------------------------------------------------------------


@steady
@given(
    born=st.dates(min_value=date(1900, 1, 1), max_value=date(2025, 12, 31)),
    counter=st.integers(min_value=1, max_value=998),
    added=st.sampled_from([0, 20, 40]),
)
def test_a_birth_date_reads_back_from_national_and_bis_numbers(born: date, counter: int, added: int) -> None:
    birth = f"{born:%y}{born.month + added:02d}{born:%d}"
    number = ssin_of(birth, counter, prefix="2" if born.year >= 2000 else "")
    assert ssin.validate(ssin.format(number)) == number
    assert ssin.birth_date(number) == born
    assert ssin.is_valid(number, today=born)
    assert not ssin.is_valid(number, today=born - timedelta(days=1))


BIRTH_DATES = [
    ("00.41.02-195.32", date(1900, 1, 2)),
    ("80.06.15-011.97", date(1980, 6, 15)),
    ("04.12.31-002.41", date(2004, 12, 31)),
    ("02.28.08-111.13", date(2002, 8, 8)),
    (ssin_of("000229", prefix="2"), date(2000, 2, 29)),
    ("70.00.00-015.97", None),
    (ssin_of("000001"), None),
    (ssin_of("002001", prefix="2"), None),
    (ssin_of("810500"), None),
]


@pytest.mark.parametrize(("number", "born"), BIRTH_DATES)
def test_the_birth_date_is_read_where_it_is_known(number: str, born: date | None) -> None:
    assert ssin.birth_date(number) == born


# The birth date in the number, a day, and whether that person may be born by then: the unknown gets the benefit.
BORN_BY = [
    ("240508", "2024-05-09", True),
    ("240509", "2024-05-09", True),
    ("240510", "2024-05-09", False),
    ("242510", "2024-05-09", False),
    ("240500", "2024-05-01", True),
    ("240500", "2024-04-30", False),
    ("240000", "2024-01-01", True),
    ("240000", "2023-12-31", False),
    ("000001", "2024-05-09", True),
    ("990101", "2024-05-09", False),
]


@pytest.mark.parametrize(("birth", "today", "is_born"), BORN_BY)
def test_nobody_is_born_in_the_future(birth: str, today: str, is_born: bool) -> None:
    number = ssin_of(birth, prefix="2")
    assert ssin.is_valid(number, today=date.fromisoformat(today)) is is_born
    if not is_born:
        with pytest.raises(ImpossibleDate):
            ssin.validate(number, today=date.fromisoformat(today))


@pytest.mark.parametrize("typed", ["00.41.02-195.32", "00410219532", "004102-195-32"])
def test_a_masked_ssin_keeps_the_check_digits_alone(typed: str) -> None:
    assert ssin.mask(typed) == "••.••.••-•••.32"


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_text_is_compacted_as_any_other(typed: str) -> None:
    """ASCII text takes a short path; an invisible character sends it down the long one."""
    assert digits.compact(typed) == digits.compact(f"{typed}\N{ZERO WIDTH SPACE}")


@given(st.from_regex(r"(BE|be|\(0\))?[ .]?[01]?[0-9]{9}", fullmatch=True))
def test_an_enterprise_number_is_what_python_stdnum_takes_for_one(typed: str) -> None:
    """Except below the first number of the series, which python-stdnum accepts."""
    assert enterprise.compact(typed) == vat.compact(typed)
    is_in_series = int(vat.compact(typed)) >= enterprise.LOWEST if vat.is_valid(typed) else False
    assert enterprise.is_valid(typed) == (vat.is_valid(typed) and is_in_series)
