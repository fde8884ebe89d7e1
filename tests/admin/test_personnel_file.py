"""The personnel file: permissions, contents of the timeline, paging, and amounts counted towards the quotas."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from declarations.admin.personnel_file import balances
from declarations.admin.personnel_file.entries import TimelineEntry
from declarations.admin.personnel_file.timeline import MAX_DECLARATIONS, PAGE_SIZE, PageKey, PersonnelFile, timeline
from declarations.enums import DeclarationKind
from declarations.filing import decisions
from declarations.filing.facts import facts_of
from declarations.models import Declaration, Period, SsinAccess, Worker
from referentials import tables
from referentials.models import Employer
from referentials.numbers import dimona

from ..support.builders import (
    BY_NAME,
    ERIC,
    MONDAY,
    RESTAURANT,
    ZOE,
    answers_for,
    cleaned_answers,
    employer,
    period,
    submit,
    without,
    worker,
)
from ..support.histories import close_and_reopen
from ..support.periods import CANCELLATION, MODIFICATION, OUT, open_period, period_answers
from ..support.staff import member, signed_in_client

pytestmark = pytest.mark.django_db

ZOFIA = "90021412402"
NAMED = {"family_name": "D’Hoore", "given_name": "Éric", "birth_date": "1985-07-30", "sex": "1"}


def of_worker(known: Worker, **query: Any) -> str:
    """The address of a worker's file."""
    return reverse("admin:personnel_worker", args=[known.pk], query=query)


def of_employer(known: Employer, **query: Any) -> str:
    """The address of an employer's file."""
    return reverse("admin:personnel_employer", args=[known.pk], query=query)


def entries(file: PersonnelFile, year: int = 2026) -> list[TimelineEntry]:
    """The first page of a file."""
    return timeline(file, year)[0]


def pending(at: Any, **changes: str) -> Declaration:
    """A declaration of an unknown worker."""
    return submit({**without(answers_for("XXX", "OTH"), "ssin"), **BY_NAME, **changes}, at(MONDAY))


def decide(declaration: Declaration, ssin: str = "") -> None:
    """Decide as a reviewer: with that SSIN, or as not identifiable."""
    by = User.objects.get_or_create(username="reviewer")[0]
    decisions.decide(declaration, ssin=ssin, note="Seen.", by=by, at=timezone.now(), tables=tables.current())


# -- who may open it -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "may"), [("Reviewer", True), ("Auditor", True), ("Referential editor", False), ("", False)]
)
def test_the_files_are_for_who_reads_declarations(at, role: str, may: bool):
    at(MONDAY)
    known = open_period()
    client = signed_in_client(member(role))
    pages = (
        reverse("admin:declarations_worker_changelist"),
        of_worker(known.worker),
        of_employer(known.employer),
    )
    assert [client.get(page).status_code for page in pages] == [200 if may else 403] * len(pages)
    pages_that_lead_there = {
        reverse("admin:declarations_period_change", args=[known.pk]): (known.worker, known.employer),
        reverse("admin:declarations_declaration_change", args=[Declaration.objects.get().pk]): (known.worker, None),
        reverse("admin:referentials_employer_change", args=[known.employer_id]): (None, known.employer),
    }
    for page, (its_worker, its_employer) in pages_that_lead_there.items():
        text = client.get(page).text
        assert its_worker is None or (of_worker(its_worker) in text) is may, page
        assert its_employer is None or (of_employer(its_employer) in text) is may, page


def test_strangers_see_nothing(client: Client):
    for page in (of_worker(worker()), of_employer(employer())):
        assert client.get(page)["Location"].startswith("/admin/login/")


def test_an_ssin_is_shown_to_who_may_see_it_and_the_look_is_recorded(at):
    at(MONDAY)
    worker(**NAMED)
    known = open_period().worker
    reviewer, auditor = signed_in_client(member("Reviewer")), signed_in_client(member("Auditor"))
    for client, page in (
        (reviewer, of_worker(known)),
        (auditor, of_worker(known)),
        (reviewer, of_employer(employer())),
    ):
        text = client.get(page).text
        assert "••.••.••-•••.28" in text
        assert "D’Hoore, Éric" in text
        assert "85.07.30" not in text
        assert ERIC not in text
    press = {"show_ssin": f"worker-{known.pk}"}
    assert auditor.post(of_worker(known), press).status_code == 403
    assert not SsinAccess.objects.exists()
    assert "85.07.30-033.28" in reviewer.post(of_worker(known), press).text
    assert SsinAccess.objects.get().worker == known


# -- the contents of the timeline ------------------------------------------------------------------------------


def told(entry: TimelineEntry) -> list[tuple[str, str, list[str]]]:
    """Kind, status and changes of each declaration of an entry."""
    return [
        (each.kind, each.status.value, [f"{change.was} → {change.becomes}" for change in each.changes])
        for each in entry.declarations
    ]


def test_a_period_tells_its_declarations_in_order():
    number = close_and_reopen()
    [entry] = entries(PersonnelFile(worker=worker()))
    assert (entry.number, entry.state, entry.dates) == (dimona.format(number), "closed", "02/03/2026 – 13/03/2026")
    assert told(entry) == [
        ("Dimona IN", "A", []),
        ("Dimona OUT", "A", ["no ending date → 06/03/2026"]),
        ("Dimona OUT", "B", []),
        ("Modification", "A", ["06/03/2026 → no ending date"]),
        ("Dimona OUT", "A", ["no ending date → 13/03/2026"]),
    ]
    assert [anomaly["code"] for anomaly in entry.declarations[2].anomalies] == ["00913-356"]


@pytest.mark.parametrize(
    ("kind", "typed", "state", "changed"),
    [
        (OUT, {"end_date": "6/3/2026"}, "closed", ["no ending date → 06/03/2026"]),
        (MODIFICATION, {"start_date": "1/3/2026"}, "open", ["02/03/2026 → 01/03/2026"]),
        (CANCELLATION, {}, "cancelled", [" → 02/03/2026 09:00"]),
    ],
)
def test_what_a_declaration_changed(at, kind: DeclarationKind, typed: dict[str, str], state: str, changed: list[str]):
    moment = at(MONDAY)
    submit(period_answers(open_period(), kind, **typed), moment)
    [entry] = entries(PersonnelFile(worker=worker()))
    assert entry.state == state
    assert told(entry)[1][2] == changed


def test_hours_that_changed_are_told(at):
    moment = at(MONDAY)
    known = open_period("XXX", "STU")
    submit(period_answers(known, MODIFICATION, end_date="20/3/2026", planned_hours="9"), moment)
    [entry] = entries(PersonnelFile(employer=employer()))
    assert told(entry)[1][2] == ["31/03/2026 18:00 → 20/03/2026 18:00", "20 → 9"]


def test_what_opened_no_period_is_told_too(at):
    refused = submit(answers_for("XXX", "T17", ssin=ZOE, employer_number=RESTAURANT), at(MONDAY))
    waiting = pending(at)
    accepted, turned_down, nobody = (pending(at, family_name=name) for name in ("Ena", "Twa", "Tri"))
    decide(accepted, ZOFIA)
    decide(turned_down, ZOFIA)
    decide(nobody)
    known = Worker.objects.get(decisions=accepted.decision)

    def seen(file: PersonnelFile) -> list[tuple[str, str, str]]:
        return [
            (entry.number, entry.state, "".join(each.status for each in entry.declarations)) for entry in entries(file)
        ]

    def numbered(declaration: Declaration, state: str, status: str) -> tuple[str, str, str]:
        return dimona.format(declaration.number), state, status

    of_zofia = [numbered(turned_down, "none", "B"), numbered(accepted, "open", "A")]
    assert seen(PersonnelFile(worker=known)) == of_zofia
    assert seen(PersonnelFile(worker=known, employer=employer())) == of_zofia
    assert seen(PersonnelFile(worker=worker(ZOE))) == [numbered(refused, "none", "B")]
    assert seen(PersonnelFile(employer=employer(RESTAURANT))) == [numbered(refused, "none", "B")]
    assert seen(PersonnelFile(employer=employer())) == [
        numbered(nobody, "none", "B"), *of_zofia, numbered(waiting, "none", "S")
    ]  # fmt: skip
    decision = entries(PersonnelFile(worker=known))[1].declarations[0].decision
    assert decision is not None
    assert (decision.by, decision.was, decision.becomes, decision.note) == ("reviewer", "Pending", "Accepted", "Seen.")


def test_the_page_says_it_all(at):
    moment = at(MONDAY)
    declaration = pending(at)
    decide(declaration, ZOFIA)
    submit(period_answers(Period.objects.get(), OUT, end_date="6/3/2026"), moment)
    client = signed_in_client(member("Auditor"))
    for page in (of_employer(employer()), of_worker(Worker.objects.get())):
        text = client.get(page).text
        for words in ("Nieuwkomer, Isaura", "Decided by reviewer", "Pending → Accepted", "Seen.", "→ 06/03/2026"):
            assert words in text, (page, words)


# -- the years and the pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "is_cancelled", "years"),
    [
        ("2024-05-01", "", False, "2024 2025 2026"),
        ("2024-05-01", "", True, "2024"),
        ("2024-05-01", "2025-01-01", False, "2024 2025"),
        ("2024-05-01", "2024-12-31", False, "2024"),
        ("2027-01-01", "2027-12-31", False, "2027"),
        ("2026-12-31", "2026-12-31", False, "2026"),
    ],
)
def test_a_period_falls_in_the_years_it_runs_in(start: str, end: str, is_cancelled: bool, years: str):
    period("XXX", "OTH", start, end, cancelled_at=timezone.now() if is_cancelled else None)
    file = PersonnelFile(worker=worker())
    assert [str(year) for year in range(2023, 2029) if entries(file, year)] == [
        *years.split(),
        *(["2027", "2028"] if not end and not is_cancelled else []),
    ]
    first, last = min(2026, int(start[:4])), max(2026, int(start[:4]))
    assert file.years(date(2026, 3, 2)) == list(range(last, first - 1, -1))


def many(at: Any, count: int, at_employer: Employer) -> None:
    """Periods of one employer, several on one day, with some declarations that opened none among them."""
    for rank in range(count):
        day = date(2026, 1, 1) + timedelta(days=rank // 2)
        period("XXX", "OTH", day.isoformat(), employer=at_employer)
    for typed in ("2/1/2026", "5/1/2026", "5/1/2026"):
        pending(at, start_date=typed)


def test_the_pages_hold_everything_once_in_order(at):
    many(at, 2 * PAGE_SIZE, employer())
    file, key, numbers = PersonnelFile(employer=employer()), None, []
    for expected in (PAGE_SIZE, PAGE_SIZE, 3):
        page, key = timeline(file, 2026, key)
        assert len(page) == expected
        numbers += [(entry.span.start_date, entry.span.number) for entry in page]
        key = PageKey.parse(str(key)) if key else None
    assert key is None
    assert numbers == sorted(set(numbers), reverse=True)


@pytest.mark.slow
def test_the_queries_do_not_grow_with_what_is_shown(at):
    at(MONDAY)
    open_period()
    client = signed_in_client(member("Reviewer"))

    def queries(page: str) -> int:
        # Warm the caches that every page uses.
        client.get(page)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page).status_code == 200
        return len(captured)

    pages = [of_worker(worker()), of_employer(employer())]
    few = [queries(page) for page in pages]
    many(at, 10, employer())
    decide(Declaration.objects.awaiting_decision()[0])
    for ssin in ("88010110175", "88010110274"):
        submit(answers_for("XXX", "OTH", ssin=ssin), at(MONDAY))
    # A page with decisions has one query more, for their anomalies.
    assert [queries(page) - before for page, before in zip(pages, few, strict=True)] == [0, 1]


@pytest.mark.slow
def test_of_many_declarations_on_one_period_the_latest_are_shown(at):
    moment = at(MONDAY)
    known = open_period("XXX", "STU")
    for hours in range(1, MAX_DECLARATIONS + 1):
        submit(period_answers(known, MODIFICATION, planned_hours=str(hours), end_date="31/3/2026"), moment)
    [entry] = entries(PersonnelFile(worker=worker()))
    assert entry.has_earlier
    assert len(entry.declarations) == MAX_DECLARATIONS
    assert told(entry)[0][2] == ["20 → 1"]
    text = signed_in_client(member("Auditor")).get(of_worker(worker())).text
    assert f"{reverse('admin:declarations_declaration_changelist')}?period__id__exact={known.pk}" in text


@pytest.mark.slow
def test_an_address_typed_by_hand_is_no_failure(at):
    at(MONDAY)
    open_period()
    client = signed_in_client(member("Reviewer"))
    for value in ("", "x", "0", "1850", "99999", "²", "-1", "2026-01-01.90000000011", "2026-13-01.900000000116"):
        for page in (of_worker(worker(), year=value, before=value), of_employer(employer(), year=value, before=value)):
            answer = client.get(page)
            assert (answer.status_code, answer.context["year"], len(answer.context["entries"])) == (200, 2026, 1)
        assert client.get(of_employer(employer(), worker=value)).status_code in (200, 404)
    assert client.get(of_employer(employer(), worker="9" * 5000)).status_code == 200
    for page in (of_worker(worker()), of_employer(employer())):
        assert client.get(page.replace(f"/{page.split('/')[-2]}/", f"/{10**20}/")).status_code == 404


# -- one worker of an employer ---------------------------------------------------------------------------------


def test_a_worker_is_found_and_stands_in_the_address_by_its_key(at):
    moment = at(MONDAY)
    worker("79430345062", family_name="Elsewhere")
    eric = submit(answers_for("XXX", "OTH"), moment).worker
    of_zoe = submit(answers_for("XXX", "OTH", ssin=ZOE), moment)
    worker(**NAMED)
    client, page = signed_in_client(member("Reviewer")), of_employer(employer(), year=2025)
    found = {"85.07.30-033.28": eric, ERIC: eric, "  d'hoore ": eric, dimona.format(of_zoe.number): of_zoe.worker}
    for text, whom in found.items():
        there = client.post(page, {"q": text})["Location"]
        assert there == of_employer(employer(), worker=whom.pk, year=2025), text
        shown = client.get(there.replace("2025", "2026"))
        assert [entry.worker for entry in shown.context["entries"]] == [whom]
    for text in ("79430345062", "Elsewhere", "Nobody", "", "\0", "%"):
        answer = client.post(page, {"q": text})
        assert (answer.status_code, "This employer has no worker" in answer.text) == (200, True), text


def test_namesakes_are_listed_to_choose_from(at):
    moment = at(MONDAY)
    for ssin, given_name in ((ERIC, "Éric"), (ZOE, "Zoë")):
        worker(ssin, family_name="D’Hoore", given_name=given_name)
        submit(answers_for("XXX", "OTH", ssin=ssin), moment)
    text = signed_in_client(member("Reviewer")).post(of_employer(employer()), {"q": "DHOORE"}).text
    for each in Worker.objects.all():
        assert f'href="?worker={each.pk}&amp;year=2026"' in text


@pytest.mark.slow
def test_a_worker_is_found_in_the_list_of_all(at):
    declaration = submit(answers_for("XXX", "OTH"), at(MONDAY))
    eric, _zoe = worker(**NAMED), worker(ZOE)
    page, client = reverse("admin:declarations_worker_changelist"), signed_in_client(member("Reviewer"))
    for text in (ERIC, "85.07.30-033.28", "D'HOORE", declaration.number):
        assert client.post(page, {"q": text})["Location"] == of_worker(eric), text
    for text in ("", "Hoore", "%", "\0", "79430345062"):
        assert "No worker found" in client.post(page, {"q": text}).text, text
    worker(ZOE, family_name="Dhoore")
    text = client.post(page, {"q": "d’hoore"}).text
    assert [text.count(f'href="{of_worker(each)}"') for each in Worker.objects.all()] == [1, 1]
    assert "85.07.30" not in client.get(page).text
    assert client.get(reverse("admin:declarations_worker_change", args=[eric.pk]))["Location"] == of_worker(eric)
    assert signed_in_client(member("Referential editor")).post(page, {"q": ERIC}).status_code == 403


# -- the quotas ------------------------------------------------------------------------------------------------

HOLDINGS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("XXX", "STU", "2026-01-05", {"planned_hours": 640}),
    ("XXX", "STU", "2026-11-30", {"planned_hours": 20}),
    ("XXX", "STU", "2025-12-31", {"planned_hours": 100}),
    ("XXX", "STU", "2026-02-02", {"planned_hours": 90, "cancelled_at": timezone.now()}),
    ("XXX", "S17", "2026-02-02", {"planned_hours": 30}),
    ("XXX", "S17", "2026-07-02", {"planned_hours": 40}),
    ("302", "EXT", "2026-02-02", {}),
    ("302", "EXT", "2026-02-02", {}),
    ("302", "EXT", "2026-02-03", {}),
    ("145", "EXT", "2026-02-04", {}),
    ("XXX", "OTH", "2026-02-05", {}),
]


def hold() -> None:
    """Periods of a student with several jobs, the occasional ones in a restaurant."""
    for committee, worker_type, day, fields in HOLDINGS:
        where = {"employer": employer(RESTAURANT)} if committee == "302" else {}
        period(committee, worker_type, day, day, **fields, **where)


def counts(found: list[balances.Balance]) -> dict[str, tuple[int, int, int, int]]:
    """Counted amount, limit, remaining amount and excess, by code."""
    return {each.quota.code: (each.counted, each.quota.limit, each.remaining, each.exceeded_by) for each in found}


def test_what_counts_towards_the_quotas_of_a_worker():
    hold()
    assert counts(balances.worker_balances(worker(), 2026, tables.current())) == {
        "STUDENT": (660, 650, 0, 10),
        "A17_YEAR_SPORT": (70, 450, 380, 0),
        "A17_QUARTER_SPORT_1": (30, 150, 120, 0),
        "A17_QUARTER_SPORT_2": (0, 150, 150, 0),
        "A17_QUARTER_SPORT_3": (40, 285, 245, 0),
        "A17_QUARTER_SPORT_4": (0, 150, 150, 0),
        "A17_STUDENT_SPORT": (70, 190, 120, 0),
        "HORECA_WORKER": (2, 50, 48, 0),
        "HORTICULTURE_WORKER": (1, 100, 99, 0),
    }
    assert counts(balances.worker_balances(worker(), 2025, tables.current())) == {"STUDENT": (100, 650, 550, 0)}
    assert balances.worker_balances(worker(ZOE), 2026, tables.current()) == []


def test_what_counts_towards_the_quota_of_an_employer():
    hold()
    period("302", "EXT", "2026-02-03", "2026-02-03", employer=employer(RESTAURANT), worker=worker(ZOE))
    restaurant = employer(RESTAURANT)
    assert counts(balances.employer_balances(restaurant, 2026, tables.current())) == {
        "HORECA_EMPLOYER": (3, 200, 197, 0)
    }
    assert balances.employer_balances(restaurant, 2025, tables.current()) == []
    assert balances.employer_balances(employer(), 2026, tables.current()) == []


@pytest.mark.parametrize(
    ("committee", "worker_type", "where"), [("XXX", "STU", ""), ("XXX", "S17", ""), ("302", "EXT", RESTAURANT)]
)
def test_the_file_counts_as_the_rules_do(at, committee: str, worker_type: str, where: str):
    moment = at(MONDAY)
    hold()
    answers = cleaned_answers(
        answers_for(committee, worker_type, **({"employer_number": where} if where else {})), moment
    )
    uses = facts_of(answers, at=moment, tables=tables.current(), worker=worker())["quota_uses"]
    shown = {
        **counts(balances.worker_balances(worker(), 2026, tables.current())),
        **counts(balances.employer_balances(employer(RESTAURANT), 2026, tables.current())),
    }
    assert uses
    assert {use.code: (use.used, use.limit) for use in uses} == {use.code: shown[use.code][:2] for use in uses}


def test_a_quota_of_a_part_of_the_year_says_so(at):
    at(MONDAY)
    period("144", "EXT", "2023-03-01", "2023-03-01")
    [balance] = balances.worker_balances(worker(), 2023, tables.current())
    assert (balance.quota.limit, balance.since, balance.until) == (50, date(2023, 7, 1), None)
    text = signed_in_client(member("Reviewer")).get(of_worker(worker(), year=2023)).text
    assert "starting on or after 01/07/2023" in text
    assert "Occasional worker - EXT" in text or "- EXT" in text
