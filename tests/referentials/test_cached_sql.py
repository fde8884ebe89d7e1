"""Single-row lookups whose SQL is compiled once."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils.timezone import now

from declarations.models import Declaration
from referentials import cached_sql
from referentials.models import Employer, PostalCode

from ..support.builders import answers_for, submit_pages

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cached_sql, "_statements", {})


def first_two(column: str) -> list[Employer]:
    return list(Employer.objects.exclude(**{column: None}).order_by("pk")[:2])


@pytest.mark.parametrize("column", ["enterprise_number", "nsso_number", "provisional_nsso_number"])
def test_a_row_is_as_django_reads_it(column: str):
    employer = first_two(column)[0]
    Employer.objects.filter(pk=employer.pk).update(active_from=date(2020, 2, 29), is_batch_sender=True)
    found = cached_sql.row(Employer, **{column: getattr(employer, column)})
    assert found is not None
    known = Employer.objects.get(pk=employer.pk)
    assert (found, vars(found).keys()) == (known, vars(known).keys())
    assert {name: value for name, value in vars(found).items() if name != "_state"} == {
        name: value for name, value in vars(known).items() if name != "_state"
    }
    assert found._state.adding is False


def test_each_row_is_asked_anew_for_its_own_value():
    one, other = first_two("enterprise_number")
    for employer in (one, other, one):
        assert cached_sql.row(Employer, enterprise_number=employer.enterprise_number) == employer
    assert cached_sql.row(Employer, enterprise_number="0000000000") is None
    Employer.objects.filter(pk=one.pk).update(name="Renamed")
    assert cached_sql.values(Employer, "name", enterprise_number=one.enterprise_number) == ("Renamed",)


def test_what_is_asked_is_part_of_what_is_remembered():
    """The cache key includes the model, the columns, and the lookup columns."""
    one = first_two("nsso_number")[0]
    place = PostalCode.objects.exclude(pk__in=Employer.objects.values("pk")).latest("pk")
    by_number = {"enterprise_number": one.enterprise_number}
    assert cached_sql.values(Employer, "name", **by_number) == (one.name,)
    assert cached_sql.values(Employer, "town", **by_number) == (one.town,)
    assert cached_sql.values(Employer, "town", "name", **by_number) == (one.town, one.name)
    assert cached_sql.values(Employer, "name", nsso_number=one.nsso_number) == (one.name,)
    assert cached_sql.values(Employer, "name", id=one.pk) == (one.name,)
    assert cached_sql.values(Employer, "id", id=one.pk) == (one.pk,)
    assert cached_sql.values(PostalCode, "id", id=place.pk) == (place.pk,)
    assert cached_sql.values(Employer, "name", nsso_number=one.nsso_number, **by_number) == (one.name,)
    assert cached_sql.values(Employer, "name", nsso_number="0", **by_number) is None


def test_none_is_no_value_to_look_for():
    with pytest.raises(ValueError, match="enterprise_number"):
        cached_sql.row(Employer, enterprise_number=None)


@pytest.mark.parametrize(("later", "is_there"), [(-1, True), (0, False), (1, False)])
def test_another_comparison_than_equality(later: int, is_there: bool):
    ends_at = now().replace(microsecond=0)
    Session.objects.create(session_key="k" * 32, session_data="kept", expire_date=ends_at)
    at = ends_at + timedelta(seconds=later)
    found = cached_sql.values(Session, "session_data", "expire_date", session_key="k" * 32, expire_date__gt=at)
    assert found == (("kept", ends_at) if is_there else None)


def test_a_value_is_sent_as_its_column_takes_it(client: Client):
    """A UUID is stored as text in one database and not in the other."""
    declaration = submit_pages(client, answers_for("XXX", "OTH"))
    assert cached_sql.values(Declaration, "receipt_token", draft=declaration.draft) == (declaration.receipt_token,)
    assert cached_sql.values(Declaration, "receipt_token", draft=uuid4()) is None
