"""The office's lists may have millions of rows: each reads an index in the order of the list, up to a cap."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from declarations.admin import search
from declarations.admin.personnel_file.timeline import PersonnelFile, timeline
from declarations.admin.queue import QueuePaginator
from declarations.filing import decisions
from declarations.models import Declaration
from referentials import tables
from referentials.admin import CappedPaginator
from referentials.models import Employer

from ..support.builders import BY_NAME, ERIC, MONDAY, RESTAURANT, ZOE, answers_for, submit, without, worker
from ..support.pages import page_text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

LONG = (
    r"(declarations_(declaration|period|worker|decision|queueentry|notification|periodlock|ssinaccess|listexport)"
    r"|referentials_employer|axes_access(log|failurelog)|django_admin_log)"
)
# A full scan of a table or of its index. SQLite names an aliased table by its alias only.
WHOLE = re.compile(rf"SCAN ({LONG}|[UV]\d)\b(?! USING)|Seq Scan on {LONG}")
FROM_END_TO_END = re.compile(rf"SCAN ({LONG}|[UV]\d)\b|Seq Scan on {LONG}")
TYPE = "type of worker"
SORTED = re.compile(r"TEMP B-TREE FOR (ORDER BY|DISTINCT|GROUP BY)|(?<!Incremental )Sort  \(|Aggregate .*Group")
# SQLite stores a table in the order of its keys, so a scan in that order up to a limit is no full scan.
BY_KEY = re.compile(r"axes_\w+|django_admin_log")
MARCH = date(2026, 3, 2)
AVOIDED = ("seqscan", "bitmapscan", "sort")


@pytest.fixture
def filed(at) -> dict[str, Declaration]:
    """Declarations accepted at one employer, accepted at another, and pending."""
    now = at(MONDAY)
    worker(ERIC, family_name="D’Hoore", given_name="Éric", birth_date="1985-07-30", sex="1")
    pending = {**without(answers_for("XXX", "OTH"), "ssin"), **BY_NAME}
    return {
        "A": submit(answers_for("XXX", "OTH"), now),
        "R": submit(answers_for("XXX", "OTH", ssin=ZOE, employer_number=RESTAURANT), now),
        "S": submit(pending, now),
    }


def page(admin_client, model: str, query: dict[str, str]):
    """A page of a list, by default of this app."""
    name = model if "_" in model else f"declarations_{model}"
    answer = admin_client.get(reverse(f"admin:{name}_changelist"), query)
    assert answer.status_code == 200
    return answer


def plans(admin_client, model: str, query: dict[str, str], *avoided: str) -> list[tuple[str, str, str]]:
    """The queries of the list on long tables: the table, the statement, and the database's plan for it.

    PostgreSQL is told which plans to avoid, because with few rows a full scan is cheapest.
    """
    with CaptureQueriesContext(connection) as asked:
        page(admin_client, model, query)
    about_long_ones = [each["sql"] for each in asked if re.match(rf"SELECT.*{LONG}", each["sql"])]
    assert about_long_ones
    with connection.cursor() as cursor:
        return [(re.findall(r' FROM "(\w+)"', sql)[0], sql, plan_of(cursor, sql, avoided)) for sql in about_long_ones]


def plan_of(cursor, sql: str, avoided: tuple[str, ...]) -> str:
    """The database's plan, one step per line."""
    if connection.vendor == "postgresql":
        for method in avoided:
            cursor.execute(f"SET LOCAL enable_{method} = off")
    cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{sql}")
    return "\n".join(str(row[-1]) for row in cursor.fetchall())


# -- by an index, in the order of the list ---------------------------------------------------------------------

# All lists are checked in one test, because filing the rows for each would take longer than the checks.
IN_ORDER: dict[str, list[dict[str, str]]] = {
    "declaration": [
        {},
        {"status__exact": "A"},
        {"kind__exact": "in"},
        {"worker_type__id__exact": "1"},
        {"joint_committee__id__exact": "1"},
        {"submitted_at__gte": "2026-03-01 00:00:00+01:00"},
        {"start_date__gte": "2026-03-01"},
        {"o": "-0"},
        {"o": "3"},
        {"o": "7"},
    ],
    "period": [
        {},
        {"worker_type__id__exact": "1"},
        {"joint_committee__id__exact": "1"},
        {"start_date__gte": "2026-03-01"},
    ],
    "pendingdeclaration": [{}],
    "notification": [
        {},
        {"state__exact": "queued"},
        {"channel__exact": "ebox"},
        {"created_at__gte": "2026-03-01 00:00:00+01:00"},
        {"o": "5"},
    ],
    "decision": [{}, {"status__exact": "A"}, {"decided_by__id__exact": "1"}, {"q": "admin"}],
    "periodlock": [{}, {"changed_by__id__exact": "1"}, {"q": "admin"}],
    "ssinaccess": [{}, {"accessed_by__id__exact": "1"}, {"q": "admin"}],
    "listexport": [{}, {"exported_by__id__exact": "1"}, {"q": "admin"}],
    "axes_accesslog": [{}, {"q": "admin"}],
    "axes_accessfailurelog": [{}, {"q": "admin"}],
    "admin_logentry": [{}],
}


def test_a_list_is_read_in_the_order_of_an_index(admin_client, filed):
    for model, queries in IN_ORDER.items():
        for query in queries:
            for table, sql, plan in plans(admin_client, model, query, *AVOIDED):
                is_by_key = bool(BY_KEY.fullmatch(table))
                assert is_by_key or not WHOLE.search(plan), f"{model} {query}: {sql}\n{plan}"
                is_of_few = table.startswith("referentials_")
                assert is_of_few or not SORTED.search(plan), f"{model} {query}: {sql}\n{plan}"


def test_the_queue_is_read_by_its_own_index(admin_client, filed):
    """It does not read the index of everything that was ever pending."""
    asked = plans(admin_client, "pendingdeclaration", {}, *AVOIDED)
    (plan,) = (plan for _table, sql, plan in asked if 'ORDER BY "declarations_queueentry"' in sql)
    assert "queueentry_since" in plan
    (sql,) = (sql for _table, sql, _plan in asked if "COUNT(*)" in sql)
    assert "declarations_declaration" not in sql


def test_a_search_reads_what_it_finds(admin_client, filed):
    for text in (filed["A"].number, ERIC, "1277920-67", "Comptoir", "nobody at all"):
        for model in ("declaration", "period", "pendingdeclaration"):
            for _table, sql, plan in plans(admin_client, model, {"q": text}, "seqscan"):
                assert not FROM_END_TO_END.search(plan), f"{model} {text}: {sql}\n{plan}"
    for model in ("notification", "decision", "periodlock", "ssinaccess"):
        for _table, sql, plan in plans(admin_client, model, {"q": filed["A"].number}, "seqscan"):
            assert "COUNT(*)" in sql or not FROM_END_TO_END.search(plan), f"{model}: {sql}\n{plan}"


def test_a_search_of_who_was_identified_reads_what_it_finds(admin_client, filed):
    """It uses the index on the declared worker, and the primary keys of the decided declarations."""
    by, now = User.objects.get(), timezone.now()
    decisions.decide(filed["S"], ssin=ERIC, note="Seen.", by=by, at=now, tables=tables.current())
    for table, sql, plan in plans(admin_client, "declaration", {"q": ERIC}, "seqscan"):
        assert not FROM_END_TO_END.search(plan), f"{table}: {sql}\n{plan}"
    shown = page(admin_client, "declaration", {"q": ERIC}).context["cl"].result_list
    assert {row.number for row in shown} == {filed["A"].number, filed["S"].number}


def test_what_opened_no_period_is_found_by_its_worker(filed):
    """It does not search all declarations without a period, which are a part of everything ever filed."""
    someone = PersonnelFile(worker=filed["A"].worker)
    with CaptureQueriesContext(connection) as asked:
        someone.years(MARCH)
        timeline(someone, MARCH.year)
    statements = [each["sql"] for each in asked if each["sql"].startswith("SELECT")]
    with connection.cursor() as cursor:
        # The query for the decisions of the displayed periods uses their keys.
        asked_for = [sql for sql in statements if "declarations_decision" in sql and '"period_id" IN (' not in sql]
        found = "\n".join(plan_of(cursor, sql, AVOIDED) for sql in asked_for)
    assert not re.search(r"declarations_decision\S* \(period_id=\?\)|Index Cond: \(period_id IS NULL\)", found), found


# -- caps ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "paginator"), [("declaration", CappedPaginator), ("pendingdeclaration", QueuePaginator)]
)
def test_the_count_of_a_list_ends_at_a_cap_and_says_so(admin_client, filed, monkeypatch, model, paginator):
    assert "are listed: search for the others" not in page(admin_client, model, {}).text
    monkeypatch.setattr(paginator, "max_count", 1)
    answer = page(admin_client, model, {})
    assert answer.context["cl"].result_count == 1
    assert "Only the first 1 are listed: search for the others." in page_text(answer)


def test_a_text_that_means_too_many_employers_says_so(admin_client, filed, monkeypatch):
    monkeypatch.setattr(search, "MAX_MATCHES", 1)
    assert "only the first of them were searched" not in page_text(
        page(admin_client, "declaration", {"q": "comptoir"})
    )
    Employer.objects.create(name="Comptoir A", language="fr", nsso_number="935467")
    answer = page(admin_client, "declaration", {"q": "comptoir"})
    assert (
        "Your search matches more than 1 employers or workers, and only the first of them were searched."
        in page_text(answer)
    )
    assert not answer.context["cl"].result_list


def test_a_number_is_found_before_the_names_that_begin_with_it(admin_client, filed, monkeypatch):
    monkeypatch.setattr(search, "MAX_MATCHES", 1)
    Employer.objects.create(name="0852093431 Demo", language="fr", nsso_number="935467")
    answer = page(admin_client, "period", {"q": "0852.093.431"})
    assert list(answer.context["cl"].result_list) == [filed["A"].period]


# -- what is offered -------------------------------------------------------------------------------------------


def test_who_waits_is_found_by_the_declared_name(admin_client, filed):
    answer = page(admin_client, "pendingdeclaration", {"q": "nieuwkomer"})
    assert [row.number for row in answer.context["cl"].result_list] == [filed["S"].number]


@pytest.mark.parametrize("model", ["declaration", "period"])
def test_a_whole_list_is_sorted_by_an_index_alone(admin_client, filed, model):
    """The results of a search are few, and can be sorted by any column."""
    whole, searched = (page(admin_client, model, query).context["cl"] for query in ({}, {"q": ERIC}))
    assert "employer" not in whole.sortable_by
    assert {"formatted_number", "start_date"} <= set(whole.sortable_by)
    assert list(searched.sortable_by) == list(searched.list_display)


def test_a_list_narrowed_by_the_starting_date_is_in_its_order(admin_client, at):
    now = at(MONDAY)
    late = submit(answers_for("XXX", "OTH", start_date="20/03/2026"), now)
    early = submit(answers_for("XXX", "OTH", ssin=ZOE, start_date="10/03/2026"), now)
    for query, expected in (({}, [early, late]), ({"start_date__gte": "2026-03-01"}, [late, early])):
        assert list(page(admin_client, "period", query).context["cl"].result_list) == [row.period for row in expected]


@pytest.mark.parametrize("model", ["declaration", "period"])
def test_the_types_are_offered_that_the_list_points_at(admin_client, at, model):
    now = at(MONDAY)
    rows = [submit(answers_for("XXX", code, ssin=ssin), now) for code, ssin in (("STU", ERIC), ("OTH", ZOE))]
    (spec,) = (spec for spec in page(admin_client, model, {}).context["cl"].filter_specs if spec.title == TYPE)
    assert spec.lookup_choices == [(row.worker_type_id, str(row.worker_type)) for row in reversed(rows)]


@pytest.mark.parametrize("table", ["declarations_declaration", "declarations_period"])
def test_no_index_repeats_the_beginning_of_another(table):
    """Foreign keys are the first columns of the lists' indexes, and have no index of their own."""
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, table)
    indexes = [tuple(each["columns"]) for each in constraints.values() if each["index"] and not each["unique"]]
    for column in ("employer_id", "joint_committee_id", "worker_type_id"):
        assert (column,) not in indexes
        assert any(each[:1] == (column,) for each in indexes)
