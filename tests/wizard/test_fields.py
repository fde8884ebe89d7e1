"""Fields: what they read, what they refuse, under which official code, and in which words."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from declarations.formatting import display_day, display_hour, with_since
from declarations.wizard.forms.fields import BirthDateField, DayField, DayInput, NameField, TextField, TimeField

from ..support.builders import BY_NAME, BY_SSIN, step_form, without
from ..support.pages import codes_of
from ..support.shorthand import BRUSSELS

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 2)


def message(field: Any, typed: str) -> str:
    """What the field says of a text it cannot read."""
    with pytest.raises(ValidationError) as found, override("en"):
        field.clean(typed)
    with override("en"):
        return " ".join(found.value.messages)


# -- days and hours --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
@pytest.mark.parametrize(
    "typed",
    [
        "27/3/2026", "27-03-2026", "27.3.2026", "27/03/2026", " 27 / 3 / 2026 ", "27 3 2026", "27-3/2026",
        "2026-03-27", "27032026", "\N{LEFT-TO-RIGHT MARK}27/3\N{ZERO WIDTH SPACE}/2026",
    ],
)  # fmt: skip
def test_a_day_is_read_however_it_is_typed(typed, language):
    with override(language):
        assert DayField().clean(typed) == date(2026, 3, 27)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("1/1/45", "four digits"),
        ("1/1/202", "four digits"),
        ("1/1/5", "four digits"),
        ("1/1/20266", "four digits"),
        ("1/1/99999999999", "four digits"),
        ("1/1/" + "9" * 5000, ""),
        ("31/2/2026", "does not exist"),
        ("29/2/2025", "does not exist"),
        ("13/13/2026", "does not exist"),
        ("3/27/2026", "does not exist"),
        ("0/1/2026", "does not exist"),
        ("00/00/2026", "does not exist"),
        ("1/1/0000", "does not exist"),
        ("2026-02-31", "does not exist"),
        ("27/3", ""),
        ("2026", ""),
        ("27 mars 2026", ""),
        ("27/3/2026 x", ""),
        ("3132026", ""),
        ("270326", "four digits"),
        ("31022026", "does not exist"),
        ("270320261", ""),
        ("2026/03/27", ""),
        ("２７/3/2026", ""),
        ("27//3/2026", ""),
        ("-1/3/2026", ""),
        ("27/3/2026\0", ""),
        ("tomorrow", ""),
    ],
)
def test_a_day_that_cannot_be_read_is_explained(typed, says):
    assert says in message(DayField(), typed)


@pytest.mark.parametrize(
    ("language", "shown"), [("nl", "05/03/2026"), ("fr", "05/03/2026"), ("en", "05/03/2026"), ("de", "05.03.2026")]
)
def test_a_day_is_shown_as_the_language_writes_it(language, shown):
    with override(language):
        assert display_day(date(2026, 3, 5)) == DayInput().format_value("2026-03-05") == shown
        assert DayInput().format_value("5/3/26") == "5/3/26"
        assert DayField().clean(shown) == date(2026, 3, 5)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("27/3/1998", "1998-03-27"),
        ("1998-03-27", "1998-03-27"),
        ("00/00/1998", "1998-00-00"),
        ("00001998", "1998-00-00"),
        ("0.0.1998", "1998-00-00"),
        ("1998-00-00", "1998-00-00"),
        ("", ""),
    ],
)
def test_a_birth_date_may_be_a_year_alone(typed, value):
    assert BirthDateField(required=False).clean(typed) == value


@pytest.mark.parametrize("typed", ["00/00/0000", "00/5/1998", "5/00/1998", "30/2/1998", "00/00/98"])
def test_a_birth_date_half_known_is_refused(typed):
    assert message(BirthDateField(), typed)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("\N{ZERO WIDTH SPACE}8:30", time(8, 30)),
        ("8:30", time(8, 30)), ("08:30", time(8, 30)), ("8.30", time(8, 30)), ("8h30", time(8, 30)),
        ("0830", time(8, 30)), ("830", time(8, 30)), ("8h", time(8)), ("8 u 30", time(8, 30)), ("20 Uhr", None),
        ("00:00", time(0)), ("23:59", time(23, 59)), ("24:00", None), ("12:60", None), ("8", None), ("8:5", None),
        ("8:30 pm", None), ("-8:30", None), ("８:30", None), ("8:30:00", None), ("x", None), ("9" * 5000, None),
    ],
)  # fmt: skip
def test_an_hour_is_read_however_it_is_typed(typed, value):
    if value is None:
        message(TimeField(), typed)
    else:
        assert TimeField().clean(typed) == value


# -- names and texts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "D’Hoore", "D'Hoore", "O‐Brien", "Anne-Marie", "van den Bergh", "Müller", "Łucja", "Đặng", "Çelik", "Ståhl",
        "Nguyễn Thị", "Jr.", "Иванов", "Παπαδόπουλος", "محمد", "דוד", "山田", "ქართველი", "अनिता", "สมชาย", "X Æ",
        "ʼt Hooft", "a", "Mu\u0308ller",
    ],
)  # fmt: skip
def test_a_name_is_taken_in_every_script(name):
    value = NameField(max_length=48).clean(f"  {name} ")
    assert value == ("Müller" if name == "Mu\u0308ller" else name)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Jan3", "not allowed here: 3"),
        ("<b>Jan</b>", "not allowed here: / < >"),
        ("Jan_", "not allowed here: _"),
        ("Jan;", "not allowed here: ;"),
        ("Jan\0", "invisible"),
        ("Jan\tJansen", "invisible"),
        ("Jan\u202eJansen", "invisible"),
        ("Jan\u200bJansen", "invisible"),
        ("Jan\ufeff", "invisible"),
        ("Jan\u2066Jansen", "invisible"),
        ("Jan\ue000", "invisible"),
        ("Jan😀", "not allowed here: 😀"),
        ("---", "at least one letter"),
        ("’", "at least one letter"),
    ],
)
def test_a_name_that_is_none_is_explained(name, says):
    assert says in message(NameField(max_length=48), name)


def test_no_browser_cuts_what_is_too_long():
    """By maxlength it would, without a word, and what is cut would be filed."""
    for field in (TextField(max_length=35), NameField(max_length=48)):
        assert "maxlength" not in field.widget.attrs
        assert "at most" in message(field, "e" * 49)


@pytest.mark.parametrize("text", ["Rue de l’Été 12/3", "Str. (A) & Co. #5", "12 bis", "½", "東京"])
def test_a_text_takes_what_is_printed(text):
    assert TextField(max_length=40).clean(text) == text


@pytest.mark.parametrize("text", ["a\nb", "a\0b", "a\u202eb", "a\x7fb", "a\u00adb"])
def test_a_text_refuses_what_is_not_printed(text):
    assert "invisible" in message(TextField(max_length=40), text)


# -- the worker ------------------------------------------------------------------------------------------------

LIMITS = {
    "family_name": 48, "given_name": 24, "initial": 1, "street": 35, "house_number": 10, "box": 4, "postal_code": 9,
    "town": 40, "birth_place": 40,
}  # fmt: skip
MANDATORY = [*BY_NAME][1:]


def worker_codes(**changes: str) -> dict[str, list[str]]:
    """The codes of the worker's step, for a worker whose SSIN is not known."""
    return codes_of(step_form("worker", {**BY_NAME, **changes}, TODAY))


@pytest.mark.parametrize(("name", "limit"), LIMITS.items())
def test_a_field_takes_its_limit_and_no_more(name, limit):
    assert worker_codes(**{name: "e" * limit}) == {}
    found = worker_codes(**{name: "e" * (limit + 1)})
    assert list(found) == [name]
    assert found[name][0].endswith("-003")


@pytest.mark.parametrize("name", MANDATORY)
@pytest.mark.parametrize("is_posted", [True, False])
def test_an_identity_that_is_not_whole_names_what_is_missing(name, is_posted):
    answers = {**BY_NAME, name: ""} if is_posted else without(BY_NAME, name)
    form = step_form("worker", answers, TODAY)
    assert codes_of(form) == {name: ["90017-363"]}
    with override("en"):
        assert str(form.fields[name].label) in form.errors[name][0]


def test_the_stars_are_those_of_the_manual():
    """Everything mandatory but what has a default already."""
    form = step_form("worker", BY_NAME, TODAY)
    defaults = {"sex", "birth_country", "nationality", "country"}
    assert {name for name, field in form.fields.items() if field.is_starred} == {"ssin", *BY_NAME} - defaults


def test_the_defaults_are_those_of_the_manual():
    form = step_form("worker", {}, TODAY)
    initial = {name: field.initial for name, field in form.fields.items() if field.initial}
    assert initial == {"sex": "1", "birth_country": "00150", "nationality": "00150", "country": "00150"}


@pytest.mark.parametrize("answers", [{}, {"knows_ssin": "maybe"}, {"ssin": "85073003328"}])
def test_the_question_must_be_answered(answers):
    assert codes_of(step_form("worker", answers, TODAY))["knows_ssin"] == ["90017-363"]


@pytest.mark.parametrize(
    ("typed", "code", "says"),
    [
        ("", "00024-001", ""),
        ("8507300332", "00024-003", "too few or too many digits"),
        ("850730033281", "00024-003", "too few or too many digits"),
        ("85073003329", "00024-003", "check digits do not match"),
        ("85073003A28", "00024-003", "characters other than digits"),
        ("85133003370", "00024-003", "not a possible birth date"),
        ("26123100119", "00024-003", "not a possible birth date"),
        ("85073003382", "00024-003", "check digits do not match"),
        ("٨٥٠٧٣٠٠٣٣٢٨", "00024-003", "characters other than digits"),
        ("1" * 41, "00024-003", ""),
    ],
)
def test_a_wrong_ssin_says_which_check_failed(typed, code, says):
    with override("en"):
        form = step_form("worker", {**BY_SSIN, "ssin": typed}, TODAY)
        assert codes_of(form) == {"ssin": [code]}
        assert says in form.errors["ssin"][0]
        assert code in form.errors["ssin"][0]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("2/3/2026", {}),
        ("3/3/2026", {"birth_date": ["00028-003"]}),
        ("1/1/1906", {}),
        ("31/12/1905", {"birth_date": ["00028-003"]}),
        ("00/00/1906", {}),
        ("00/00/2026", {}),
        ("00/00/2027", {"birth_date": ["00028-003"]}),
    ],
)
def test_a_birth_date_lies_within_120_years(typed, found):
    assert worker_codes(birth_date=typed) == found


@pytest.mark.parametrize(
    ("name", "code", "found"),
    [
        ("sex", "3", "00029-003"),
        ("birth_country", "BE", "00169-003"),
        ("country", "00900", "00035-003"),
        ("nationality", "xx", "00119-003"),
    ],
)
def test_a_choice_that_is_not_offered_is_refused(name, code, found):
    assert worker_codes(**{name: code}) == {name: [found]}


def test_a_stateless_person_has_a_nationality_and_no_such_country():
    assert worker_codes(nationality="00900") == {}


@pytest.mark.parametrize(("postal_code", "town"), [("1000", "Gent"), ("99999", "Nowhere"), ("SW1A 1AA", "London")])
def test_postal_codes_are_suggested_never_imposed(postal_code, town):
    assert worker_codes(postal_code=postal_code, town=town) == {}


def test_an_ssin_of_today_is_taken():
    assert step_form("worker", {**BY_SSIN, "ssin": "26030100180"}, TODAY).is_valid()


# -- the references --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["employer_reference", "worker_reference", "declaration_reference"])
@pytest.mark.parametrize(
    ("typed", "found"), [("", []), ("a" * 20, []), ("a" * 21, ["00222-003"]), ("a\0", ["00222-003"]), ("é" * 20, [])]
)
def test_a_reference_has_twenty_characters(name, typed, found):
    assert codes_of(step_form("overview", {name: typed}, TODAY)) == ({name: found} if found else {})


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("2026-03-02 10:00", "10:00"),
        ("2026-03-03 00:00", "03/03/2026 00:00"),
        ("2026-03-03 09:00", "03/03/2026 09:00"),
    ],
)
def test_an_hour_of_another_day_names_the_day(moment: str, shown: str):
    now, later = (datetime.fromisoformat(each).replace(tzinfo=BRUSSELS) for each in ("2026-03-02 09:30", moment))
    assert display_hour(later, now) == shown


@pytest.mark.parametrize(
    ("since", "told"),
    [
        (None, "It is closed."),
        (date(2026, 3, 2), "It is closed (02/03/2026)."),
        (datetime.combine(date(2026, 3, 2), time(17, 30)), "It is closed (02/03/2026 17:30)."),
        # A moment: with its hour on the same day alone, in Belgium, where it may be another day than in UTC.
        (datetime(2026, 10, 25, 7, 30, tzinfo=UTC), "It is closed (25/10/2026 08:30)."),
        (datetime(2026, 10, 24, 22, 30, tzinfo=UTC), "It is closed (25/10/2026 00:30)."),
        (datetime(2026, 10, 24, 21, 30, tzinfo=UTC), "It is closed (24/10/2026)."),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "It is closed (25/10/2026 02:30 (UTC+01:00))."),
    ],
)
def test_a_sentence_tells_since_when_it_is_so(since: Any, told: str):
    now = datetime(2026, 10, 25, 12, 0, tzinfo=BRUSSELS)
    for language, separator in (("fr", "/"), ("de", ".")):
        with override(language):
            assert with_since("It is closed.", since, now) == told.replace("/", separator)
    assert with_since("It is closed.", since, None).split(" (")[0] == told.split(" (", maxsplit=1)[0]
