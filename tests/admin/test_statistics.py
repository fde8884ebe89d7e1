"""The statistics: daily counts, with or without the command, and the page that shows them."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate

from declarations.admin.statistics import charts, counts
from declarations.enums import DeclarationKind, Status
from declarations.filing import decisions
from declarations.models import CountWatermark, DailyCount, Declaration
from referentials import tables

from ..support.builders import BORN_2001, BY_NAME, ERIC, MONDAY, RESTAURANT, ZOE, answers_for, submit, without
from ..support.pages import page_text
from ..support.periods import CANCELLATION, OUT, period_answers
from ..support.staff import member, signed_in_client

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:declarations_dailycount_changelist")
DAYS = (date(2026, 3, 1), date(2026, 3, 8))
STRANGER = {**without(answers_for("XXX", "OTH"), "ssin"), **BY_NAME}


def decide(declaration: Declaration, ssin: str = "") -> None:
    by, at = member(""), timezone.now()
    decisions.decide(declaration, ssin=ssin, note="seen", by=by, at=at, tables=tables.current())


@pytest.fixture
def week(at) -> datetime:
    """A week with declarations of every kind and status; returns the moment at its end."""
    accepted = submit(answers_for("XXX", "OTH"), at(MONDAY))
    submit(answers_for("XXX", "T17", ssin=ZOE, employer_number=RESTAURANT), at("2026-03-02 23:59"))
    late = submit(answers_for("XXX", "OTH", ssin=BORN_2001), at("2026-03-03 00:01"))
    pending = [submit(STRANGER, at(f"2026-03-03 10:0{minute}")) for minute in range(3)]
    submit(period_answers(accepted.period, OUT, end_date="6/3/2026"), at("2026-03-04 09:00"))
    at("2026-03-05 11:00")
    decide(pending[0])
    submit(period_answers(late.period, CANCELLATION), at("2026-03-06 12:00"))
    return at("2026-03-08 12:00")


def told(of: counts.Statistics) -> dict[str, Any]:
    """All that the figures say, but for what had been counted by then; days and statuses without anything left out."""
    return {
        "days": {day.day: dict(counts) for day, counts in of.days.items() if counts.total()},
        "kinds": {each.kind.value: (+each.filed, +each.decided, each.late) for each in of.kinds},
        "refusals": of.refusals,
        "languages": of.languages,
        "waiting": of.pending_by_age,
    }


WEEK: dict[str, Any] = {
    "days": {2: {"in": 2}, 3: {"in": 4}, 4: {"out": 1}, 6: {"cancellation": 1}},
    "kinds": {
        "in": (Counter(A=1, W=1, B=1, S=3), Counter(B=1), 1),
        "out": (Counter(A=1), Counter(), None),
        "modification": (Counter(), Counter(), 0),
        "cancellation": (Counter(A=1), Counter(), None),
    },
    "refusals": [("00655-350", 1), ("90017-151", 1)],
    "languages": [("en", 8)],
    "waiting": [0, 0, 2, 0],
}


@pytest.mark.parametrize(
    "counted_at",
    [
        [],
        ["2026-03-02 09:14"],
        ["2026-03-02 09:16"],
        ["2026-03-03 00:10", "2026-03-03 10:17", "2026-03-03 10:17"],
        ["2026-03-05 11:14"],
        ["2026-03-08 12:00", "2026-03-08 12:00"],
    ],
)
def test_the_figures_are_the_same_however_far_the_command_has_counted(at, week, counted_at):
    for moment in counted_at:
        at(moment)
        call_command("count_declarations", verbosity=0)
    at("2026-03-08 12:00")
    assert told(counts.statistics_for(*DAYS, localdate())) == WEEK


def test_what_was_identified_is_accepted_on_the_day_of_the_decision(at):
    submit(STRANGER, at("2026-03-03 10:00"))
    at("2026-03-05 10:00")
    decide(Declaration.objects.get(), ERIC)
    of = told(counts.statistics_for(date(2026, 3, 5), date(2026, 3, 5), localdate()))
    # It was filed a day after its start; a later decision does not change that.
    assert of["kinds"]["in"] == (Counter(), Counter(W=1), 1)
    assert (of["days"], of["waiting"]) == ({}, [0, 0, 0, 0])


def test_what_the_command_counts_is_settled(week):
    list(counts.update_daily_counts(week))
    assert CountWatermark.objects.get().until == week - counts.GRACE
    assert sum(DailyCount.objects.filter(figure="filed").values_list("count", flat=True)) == 8


def test_nothing_filed_is_nothing_counted():
    assert list(counts.update_daily_counts(timezone.now())) == []
    assert told(counts.statistics_for(*DAYS, DAYS[1]))["waiting"] == [0, 0, 0, 0]


def test_two_commands_at_once_count_once(week):
    first = counts.update_daily_counts(week)
    next(first)
    assert len(list(counts.update_daily_counts(week))) == 6
    assert list(first) == []
    assert told(counts.statistics_for(*DAYS, localdate(week))) == WEEK


def test_days_are_counted_again(week):
    list(counts.update_daily_counts(week))
    DailyCount.objects.filter(day="2026-03-04").update(count=7)
    DailyCount.objects.filter(day="2026-03-02").update(count=5)
    call_command("count_declarations", "--again-since", "2026-03-03", verbosity=0)
    days = told(counts.statistics_for(*DAYS, localdate(week)))["days"]
    assert days == {**WEEK["days"], 2: {"in": 10}}


@pytest.mark.parametrize("is_counted", [False, True])
def test_what_waits_is_told_by_age_in_days(at, is_counted):
    now = at("2026-03-20 00:30")
    # In the last minute of a day, and in the first.
    for age, clock in [
        (0, "00:05"),
        (1, "00:00"),
        (2, "23:59"),
        (3, "00:00"),
        (4, "23:59"),
        (7, "00:00"),
        (8, "23:59"),
    ]:
        submit(STRANGER, at(f"{localdate(now) - timedelta(days=age)} {clock}"))
    decide(submit(STRANGER, at("2026-03-01 09:00")))
    now = at("2026-03-20 00:30")
    if is_counted:
        list(counts.update_daily_counts(now))
    assert counts.statistics_for(*DAYS, localdate(now)).pending_by_age == [2, 2, 2, 1]


# -- the page --------------------------------------------------------------------------------------------------


def page(client, **query):
    answer = client.get(PAGE, query)
    assert answer.status_code == 200
    return answer


@pytest.mark.parametrize(
    ("role", "status"), [("Reviewer", 200), ("Auditor", 200), ("Referential editor", 403), ("", 403)]
)
def test_who_reads_declarations_reads_the_figures(role, status):
    client = signed_in_client(member(role))
    assert client.get(PAGE).status_code == status
    assert (PAGE in client.get(reverse("admin:index")).text) is (status == 200)


def test_a_stranger_is_asked_to_sign_in(client):
    assert "/admin/login/" in client.get(PAGE)["Location"]


def test_the_page_tells_the_last_four_weeks(admin_client, week):
    context = page(admin_client).context
    assert (context["since"], context["until"]) == ("09/02/2026", "08/03/2026")
    names = ("filed", "accepted", "refused", "decided", "awaiting", "late", "late_share")
    assert [context[name] for name in names] == [8, 4, 2, 1, 2, 1, "50.0"]
    days = [row["day"] for row in context["per_day"]["rows"]]
    assert (len(days), days[0], days[-1]) == (28, "08/03/2026", "09/02/2026")


def test_the_page_does_not_say_that_nobody_was_warned(admin_client, week):
    """The overview warns of a late OUT, which is then accepted without an anomaly."""
    assert "A late Dimona OUT or Cancellation is accepted without an anomaly" in page_text(page(admin_client))


@pytest.mark.parametrize(
    ("since", "until", "message"),
    [
        ("31/2/2026", "6/3/2026", "This date does not exist."),
        ("1/3/26", "6/3/2026", "Enter the year in four digits"),
        ("yesterday", "6/3/2026", "Enter a date, for example 27/03/2026."),
        ("", "6/3/2026", "This field is required."),
        ("7/3/2026", "6/3/2026", "This date is before the first one."),
        ("1/3/2026", "9/3/2026", "This date is in the future."),
        ("7/3/2025", "8/3/2026", "Choose at most 366 days."),
        ("1/1/0001", "31/12/9999", "This date is in the future."),
        ("<b>\0", "8/3/2026", "Enter a date, for example 27/03/2026."),
    ],
)
def test_what_cannot_be_read_is_said_and_stays_typed(admin_client, week, since, until, message):
    answer = page(admin_client, since=since, until=until)
    assert message in answer.text
    assert "per_day" not in answer.context
    assert [field.value() for field in answer.context["form"]] == [since, until]


@pytest.mark.parametrize(("since", "until"), [("8/3/2025", "8/3/2026"), ("2026-03-01", "1.3.2026")])
def test_days_are_read_however_they_are_typed(admin_client, week, since, until):
    assert "per_day" in page(admin_client, since=since, until=until).context


def listed(client, url: str) -> int:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return len(answer.context["cl"].result_list)


def test_every_number_leads_to_its_list(admin_client, week):
    context = page(admin_client).context
    lists = [(context["list_url"], 8), (context["queue_url"], 2)]
    lists += [(row["url"], row["total"]) for row in context["per_day"]["rows"][:8]]
    lists += [(row["url"], row["statistics"].total) for row in context["kind_rows"]]
    lists += [(line.url, line.count) for name in ("refusals", "languages") for line in context[name].lines]
    assert [listed(admin_client, url) for url, _count in lists] == [count for _url, count in lists]


@pytest.mark.parametrize("code", ["nonsense", "00655-350 ", "\0", "99999-999"])
def test_what_is_no_code_has_no_list(admin_client, week, code):
    assert listed(admin_client, reverse("admin:declarations_declaration_changelist") + f"?code={code}") == 0


@pytest.mark.parametrize("language", ["en", "fr", "nl", "de"])
def test_a_drawing_has_whole_numbers_in_every_language(admin_client, week, language):
    list(counts.update_daily_counts(week))
    text = admin_client.get(PAGE, headers={"accept-language": language}).text
    drawn = re.findall(r'<(?:rect|text)\b[^>]*? (?:x|y|width|height)="([^"]*)"', text)
    assert len(drawn) > 20
    assert all(re.fullmatch(r"\d+", number) for number in drawn)
    assert ("50,0" in text) is (language != "en")


@pytest.mark.parametrize(("days", "bars"), [(28, 4), (62, 4), (63, 1), (366, 1)])
def test_bars_of_many_days_stand_for_seven(admin_client, week, days, bars):
    since = localdate(week) - timedelta(days=days - 1)
    told_per_day = page(admin_client, since=since).context["per_day"]
    drawn = {part.x for part in told_per_day["chart"].parts}
    assert len(drawn) == bars
    assert sum(part.count for part in told_per_day["chart"].parts) == 8
    assert len(told_per_day["rows"]) == days


def test_an_auditor_is_not_led_to_a_queue_that_is_closed(week):
    assert page(signed_in_client(member("Auditor"))).context["queue_url"] == ""


@pytest.mark.parametrize("is_counted", [False, True])
def test_the_queries_do_not_grow_with_what_was_filed(
    admin_client, at, week, is_counted, django_assert_max_num_queries
):
    if is_counted:
        list(counts.update_daily_counts(week))
    with django_assert_max_num_queries(10):
        counts.statistics_for(*DAYS, localdate(week))
    with django_assert_max_num_queries(20):
        page(admin_client)


# -- the charts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [0, 1, 28, 50, 366])
def test_the_parts_of_a_bar_stand_on_one_another(days):
    chart = charts.stacked_bars([("1/3", [("in", "IN", 5), ("out", "OUT", 0), ("cancellation", "X", 15)])] * days)
    assert len(chart.parts) == 2 * days
    for below, above in zip(chart.parts[::2], chart.parts[1::2], strict=True):
        assert (above.x, above.y + above.height) == (below.x, below.y)
        assert below.y + below.height == chart.bottom
        assert above.height == 3 * below.height
    ends = [part.x + part.width for part in chart.parts[::2]]
    assert all(end <= part.x for end, part in zip(ends, chart.parts[2::2], strict=False))
    assert all(end <= chart.width for end in ends)
    assert len(chart.marks) <= charts.MAX_LABELS
    assert all(mark.at + charts.HALF_A_LABEL <= chart.width for mark in chart.marks)


def test_lying_bars_are_as_long_as_their_counts():
    bars = charts.horizontal_bars([("a", 0), ("b", 10), ("c", 20)]).bars
    assert [bar.width for bar in bars] == [0, 1000, 2000]
    assert [bar.count for bar in charts.horizontal_bars([("a", 0)]).bars] == [0]


def test_every_late_code_is_that_of_a_rule():
    from declarations.rules import RULES

    told_late = {(kind, rule.code) for rule in RULES for kind in rule.kinds if rule.code.endswith("-460")}
    assert told_late == set(counts.LATE.items())
    assert {each.value for each in counts.ACCEPTED} == {each.value for each in Status if each.is_accepted}
    assert set(counts.LATE) <= set(DeclarationKind)
