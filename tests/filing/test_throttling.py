"""Look-ups and previews are limited exactly, also with concurrent requests; honest users are not blocked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.models import Sum
from django.test import RequestFactory

from declarations.client_address import client_of
from declarations.filing.throttling import count_missed_lookup, lookup_blocked_until, preview_blocked_until
from declarations.models import AttemptCount

from ..support.shorthand import BRUSSELS

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW = NOON + timedelta(minutes=20)
ONE_O_CLOCK, MIDNIGHT = NOON + HOUR, datetime(2026, 3, 3, tzinfo=UTC)
EMPLOYER, OTHER_EMPLOYER = "0852093431", "0403170701"

# -- the client ------------------------------------------------------------------------------------------------


def client_at(remote: str, forwarded: str | None = None) -> str:
    """The client of a request from this address with this X-Forwarded-For."""
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return client_of(RequestFactory().get("/", REMOTE_ADDR=remote, **headers))


@pytest.fixture(autouse=True)
def few_previews(settings, monkeypatch) -> None:
    """Small limits: eight previews per hour, worker and client, forty per day and worker; in other processes too."""
    monkeypatch.setenv("PREVIEWS_PER_WORKER_AND_CLIENT", "8/hour")
    settings.PREVIEWS_PER_WORKER_AND_CLIENT = 8, HOUR
    settings.PREVIEWS_PER_WORKER = 40, DAY


@pytest.fixture
def direct(settings) -> Callable[[str], str]:
    """The client connected from an address without a proxy."""

    def client(address: str) -> str:
        hops, settings.PROXY_HOPS = settings.PROXY_HOPS, 0
        found = client_at(address)
        settings.PROXY_HOPS = hops
        return found

    return client


@pytest.mark.parametrize(
    ("hops", "forwarded", "expected"),
    [
        (0, None, "10.0.0.1"),
        (0, "192.0.2.7", "10.0.0.1"),
        (1, "192.0.2.7", "192.0.2.7"),
        (1, " 192.0.2.7 ", "192.0.2.7"),
        (1, "192.0.2.7:50123", "192.0.2.7"),
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "[2001:db8::7]", "2001:db8::7"),
        (1, "[2001:db8::7]:50123", "2001:db8::7"),
        (1, "198.51.100.9, 192.0.2.7", "192.0.2.7"),
        (1, "198.51.100.9,,192.0.2.7", "192.0.2.7"),
        (1, "<script>, 192.0.2.7", "192.0.2.7"),
        (2, "192.0.2.7, 10.0.0.2", "192.0.2.7"),
        (2, "198.51.100.9, 192.0.2.7, 10.0.0.2", "192.0.2.7"),
        # With too few entries, or no address in our proxy's place, the address of the connection counts.
        (1, None, "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (2, "192.0.2.7", "10.0.0.1"),
        (999_999_999, "192.0.2.7", "10.0.0.1"),
        (1, "192.0.2.7,", "10.0.0.1"),
        (2, "192.0.2.7,,10.0.0.2", "10.0.0.1"),
        (1, "192.0.2.7, unknown", "10.0.0.1"),
        (1, "192.0.2.999", "10.0.0.1"),
        (1, "192.0.2.7:port", "10.0.0.1"),
        (1, "192.0.2.7:1:2", "10.0.0.1"),
        (1, "192.0.2.0/24", "10.0.0.1"),
        (1, "[]:1", "10.0.0.1"),
        (1, "١٩٢.٠.٢.٧", "10.0.0.1"),
        (1, "9" * 8000, "10.0.0.1"),
        (2, "\0, 192.0.2.7", "10.0.0.1"),
    ],
)
def test_the_client_is_the_address_that_our_proxy_saw(settings, direct, hops, forwarded, expected):
    settings.PROXY_HOPS = hops
    assert client_at("10.0.0.1", forwarded) == direct(expected)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.7", "192.0.2.8", False),
        ("192.0.2.7", "::ffff:192.0.2.7", True),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:0DB8:0001:0002::1", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("192.0.2.7", "", False),
        ("", "a socket", True),
    ],
)
def test_addresses_of_one_client(direct, one, other, same):
    assert (direct(one) == direct(other)) is same


def test_a_client_is_opaque(settings, direct, caplog):
    found = direct("192.0.2.7")
    assert len(found) == 64
    assert "192.0.2.7" not in found
    settings.HASH_KEY = "another key" * 5
    assert direct("192.0.2.7") != found
    assert not caplog.records


def test_a_request_without_any_address_is_a_client(direct):
    request = RequestFactory().get("/")
    del request.META["REMOTE_ADDR"]
    assert client_of(request) == direct("")


# -- look-ups --------------------------------------------------------------------------------------------------


def miss(times: int, client: str = "office", employer: str = EMPLOYER, now: datetime = NOW) -> None:
    """Count that number of missed look-ups."""
    for _time in range(times):
        count_missed_lookup(client, employer, now)


@pytest.fixture
def small_limits(settings) -> None:
    """5 misses per client, 8 per employer, 2 of them reserved."""
    settings.LOOKUP_MISSES_PER_CLIENT = 5, HOUR
    settings.LOOKUP_MISSES_PER_EMPLOYER = 8, HOUR
    settings.LOOKUP_RESERVE = 2


@pytest.mark.django_db
def test_a_client_is_stopped_at_its_last_miss(settings):
    miss(settings.LOOKUP_MISSES_PER_CLIENT[0] - 1)
    assert lookup_blocked_until("office", EMPLOYER, NOW) is None
    miss(1)
    assert lookup_blocked_until("office", EMPLOYER, NOW) == ONE_O_CLOCK
    assert lookup_blocked_until("office", OTHER_EMPLOYER, NOW) == ONE_O_CLOCK
    assert lookup_blocked_until("neighbour", EMPLOYER, NOW) is None


@pytest.mark.django_db
def test_what_is_found_uses_nothing_up(django_assert_num_queries):
    """Checking the limit changes nothing, however often: only misses count."""
    miss(19)
    for _number in range(300):
        assert lookup_blocked_until("office", EMPLOYER, NOW) is None
    with django_assert_num_queries(1):
        lookup_blocked_until("office", EMPLOYER, NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("span", "missed_at", "blocked_until"),
    [
        (timedelta(minutes=1), "2026-03-02 12:20:00", "2026-03-02 12:21:00"),
        (HOUR, "2026-03-02 12:00:00", "2026-03-02 13:00:00"),
        (HOUR, "2026-03-02 12:59:59.999999", "2026-03-02 13:00:00"),
        (DAY, "2026-12-31 23:59:59", "2027-01-01 00:00:00"),
        (DAY, "2028-02-28 00:00:00", "2028-02-29 00:00:00"),
    ],
)
def test_a_window_is_over_at_its_end(settings, span, missed_at, blocked_until):
    settings.LOOKUP_MISSES_PER_CLIENT = 1, span
    now, end = (datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in (missed_at, blocked_until))
    miss(1, now=now)
    assert lookup_blocked_until("office", EMPLOYER, now) == end
    assert lookup_blocked_until("office", EMPLOYER, end - timedelta(microseconds=1)) == end
    assert lookup_blocked_until("office", EMPLOYER, end) is None


@pytest.mark.django_db
def test_the_hour_that_the_clock_repeats_is_two_windows(settings):
    """25 October 2026, 02:30 in Brussels happens twice: before and after the clocks go back."""
    settings.LOOKUP_MISSES_PER_CLIENT = 1, HOUR
    first, second = (datetime(2026, 10, 25, 2, 30, tzinfo=BRUSSELS, fold=fold) for fold in (0, 1))
    miss(1, now=first)
    assert lookup_blocked_until("office", EMPLOYER, first) == datetime(2026, 10, 25, 1, tzinfo=UTC)
    assert lookup_blocked_until("office", EMPLOYER, second) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("own_misses", "others", "is_served"),
    [
        (0, [5, 2], True),  # 7 of 8
        (1, [5, 2], True),  # 8 of 8, one of them its own
        (2, [5], True),  # 7 of 8
        (2, [5, 1], False),  # 8 of 8, and its reserve of 2 is used up
        (0, [5, 5, 5, 5], True),
        (1, [5, 5, 5, 5], True),
        (2, [5, 5, 5, 5], False),
        (5, [], False),
    ],
)
def test_a_client_keeps_its_reserve_at_an_employer(small_limits, own_misses, others, is_served):
    for position, times in enumerate(others):
        miss(times, f"attacker {position}")
    miss(own_misses)
    assert (lookup_blocked_until("office", EMPLOYER, NOW) is None) is is_served


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("misses", "reserve", "stranger_is_served", "filer_is_served"),
    [(4, 2, True, True), (5, 2, False, True), (6, 2, False, True), (7, 2, False, False), (5, 0, False, False)],
)
def test_browsers_that_filed_keep_a_reserve_of_their_address(
    small_limits, settings, misses, reserve, stranger_is_served, filer_is_served
):
    """All these browsers share one reserve: every miss counts for the address."""
    settings.LOOKUP_RESERVE = reserve
    miss(misses)
    served = [
        lookup_blocked_until("office", EMPLOYER, NOW, has_submitted=has_submitted) is None
        for has_submitted in (False, True)
    ]
    assert served == [stranger_is_served, filer_is_served]


@pytest.mark.django_db
def test_an_attack_on_one_employer_leaves_the_others_alone(small_limits):
    miss(4, "attacker 1")
    miss(4, "attacker 2")
    assert lookup_blocked_until("attacker 1", EMPLOYER, NOW) == ONE_O_CLOCK
    assert lookup_blocked_until("attacker 1", OTHER_EMPLOYER, NOW) is None


@pytest.mark.django_db
def test_misses_elsewhere_leave_the_reserve_whole(small_limits):
    """An office that files for many employers mistyped a number for one of them while another is under attack."""
    miss(3, employer=OTHER_EMPLOYER)
    miss(5, "attacker 1")
    miss(5, "attacker 2")
    assert lookup_blocked_until("office", EMPLOYER, NOW) is None


@pytest.mark.django_db
def test_without_a_reserve_the_employer_s_limit_stops_everybody(small_limits, settings):
    settings.LOOKUP_RESERVE = 0
    miss(4, "attacker 1")
    miss(4, "attacker 2")
    assert lookup_blocked_until("office", EMPLOYER, NOW) == ONE_O_CLOCK


@pytest.mark.django_db
def test_of_two_limits_the_later_end_is_told(small_limits, settings):
    settings.LOOKUP_MISSES_PER_EMPLOYER = 5, DAY
    miss(5)
    assert lookup_blocked_until("office", EMPLOYER, NOW) == MIDNIGHT
    assert lookup_blocked_until("office", OTHER_EMPLOYER, NOW) == ONE_O_CLOCK
    assert lookup_blocked_until("office", EMPLOYER, ONE_O_CLOCK) == MIDNIGHT


# -- previews -------------------------------------------------------------------------------------------------


def shown(times: int, client: str = "office", worker: str = "worker", now: datetime = NOW) -> int:
    """How many of that number of previews are allowed."""
    return sum(preview_blocked_until(client, worker, now) is None for _time in range(times))


@pytest.mark.django_db
def test_a_client_sees_eight_previews_of_a_worker_in_an_hour():
    assert shown(12) == 8
    assert preview_blocked_until("office", "worker", NOW) == ONE_O_CLOCK
    assert shown(1, worker="colleague") == 1
    assert shown(1, client="neighbour") == 1
    assert shown(12, now=ONE_O_CLOCK) == 8


@pytest.mark.django_db
def test_a_client_sees_so_many_previews_in_an_hour(settings):
    settings.PREVIEWS_PER_CLIENT = 10, HOUR
    assert sum(shown(1, worker=f"worker {position}") for position in range(14)) == 10
    assert preview_blocked_until("office", "worker", NOW) == ONE_O_CLOCK
    assert shown(1, client="neighbour") == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("attackers", "own", "seen"),
    [
        ([], 12, 8),
        ([8, 8, 8, 8], 12, 8),
        ([8, 8, 8, 8, 8], 12, 2),
        ([8, 8, 8, 8, 3], 12, 5),
        ([8, 8, 8, 8, 7], 12, 2),
        # Past the forty, the sixth and the seventh have seen two each.
        ([8, 8, 8, 8, 8, 8, 8], 12, 2),
    ],
)
def test_a_client_s_first_two_previews_of_a_worker_are_shown(attackers, own, seen):
    for position, times in enumerate(attackers):
        shown(times, f"attacker {position}")
    assert shown(own) == seen


@pytest.mark.django_db
def test_the_first_two_are_the_first_two_of_the_day():
    """Otherwise the reserve would be renewed every hour."""
    for position in range(5):
        shown(8, f"attacker {position}")
    assert shown(3) == 2
    assert preview_blocked_until("office", "worker", ONE_O_CLOCK) == MIDNIGHT
    assert shown(3, now=MIDNIGHT) == 3


@pytest.mark.django_db
def test_who_insists_uses_up_nothing():
    """A blocked preview counts neither against the worker nor against the client's other workers."""
    assert shown(300) == 8
    assert AttemptCount.objects.aggregate(total=Sum("count"))["total"] == 4 * 8
    assert shown(5, worker="colleague") == 5
    assert sum(shown(8, client) for client in ("a", "b", "c", "d", "e")) == 8 * 4 + 2


@pytest.mark.django_db
def test_look_ups_and_previews_are_counted_apart():
    miss(20, "office", "subject")
    assert shown(12, "office", "subject") == 8


# -- the rows --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_row_tells_nothing_of_whom_it_counts(direct):
    client = direct("192.0.2.7")
    miss(2, client)
    rows = AttemptCount.objects.values("key", "count", "expires_at")
    assert [(len(row["key"]), row["count"], row["expires_at"]) for row in rows] == [(64, 2, ONE_O_CLOCK)] * 3
    assert not {row["key"] for row in rows} & {client, direct(EMPLOYER)}


@pytest.mark.django_db
def test_a_new_window_clears_the_oldest_that_are_over():
    """New rows delete at most a hundred expired rows, and no unexpired ones."""
    AttemptCount.objects.bulk_create(
        AttemptCount(key=f"over {position}", expires_at=NOW - timedelta(minutes=position)) for position in range(150)
    )
    AttemptCount.objects.create(key="standing", expires_at=NOW + timedelta(microseconds=1))
    miss(1)
    left = [int(key.removeprefix("over ")) for key in keys_left("over")]
    assert sorted(left) == list(range(50))
    miss(1)
    assert len(keys_left("over")) == 50
    miss(1, "neighbour")
    assert keys_left("over") == []
    assert keys_left("standing") == ["standing"]


def keys_left(start: str) -> list[str]:
    """The keys of the rows that the test itself created."""
    return list(AttemptCount.objects.filter(key__startswith=start).values_list("key", flat=True))


@pytest.mark.django_db
def test_a_day_of_windows_leaves_no_pile():
    for hour in range(30):
        miss(1, now=NOW + hour * HOUR)
    assert AttemptCount.objects.count() == 3


# -- many at once ----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", [count_missed_lookup, preview_blocked_until])
def test_a_count_is_never_part_of_what_may_be_undone(act):
    with transaction.atomic(), pytest.raises(RuntimeError):
        act("office", EMPLOYER, NOW)
    assert not AttemptCount.objects.exists()


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """The results of the acts, started together, each in a thread with its own database connection."""
    start = Barrier(len(acts), timeout=20)

    def alone(act: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            start.wait()
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(alone, acts))


@pytest.mark.django_db(transaction=True)
def test_misses_at_the_same_moment_are_all_counted():
    """Each round opens a window: the threads insert its rows at once, delete old ones at once, then add."""
    for window in range(6):
        now = NOW + window * HOUR
        at_once([partial(miss, 4, now=now)] * 4)
        assert set(AttemptCount.objects.filter(expires_at__gt=now).values_list("count", flat=True)) == {16}
        assert AttemptCount.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_previews_at_the_same_moment_are_shown_as_often_as_allowed(settings):
    """Clients and workers are crossed, so rows are locked in every combination, without a deadlock."""
    settings.PREVIEWS_PER_WORKER = 12, DAY
    pairs = [(client, worker) for client in ("a", "b") for worker in ("v", "w")] * 2

    def ask(client: str, worker: str) -> tuple[str, int]:
        return worker, shown(6, client, worker)

    seen = at_once([partial(ask, *pair) for pair in pairs])
    for worker in ("v", "w"):
        # Neither client sees more than eight, so the reserve of two of each is among the twelve.
        assert sum(times for each, times in seen if each == worker) == 12


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
def test_a_row_that_another_process_is_deleting_is_not_waited_for():
    """Waiting could cause a deadlock: the other process holds the row while it waits for one locked here."""
    for position in range(3):
        AttemptCount.objects.create(key=f"over {position}", expires_at=NOW)
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("DELETE FROM declarations_attemptcount WHERE key = 'over 1'")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        miss(1)
        assert keys_left("over") == ["over 1"]
        other.rollback()
    finally:
        other.close()
        connection.close()


PROCESS = """
import sys
from datetime import datetime
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from declarations.filing.throttling import count_missed_lookup, preview_blocked_until
now = datetime.fromisoformat(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
for _time in range(25):
    count_missed_lookup("office", "employer", now)
print(sum(preview_blocked_until("office", "worker", now) is None for _time in range(6)))
"""


@pytest.mark.django_db(transaction=True)
def test_processes_count_together(project, monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "dimona_site.settings")
    command = [sys.executable, "-c", PROCESS, str(connection.settings_dict["NAME"]), NOW.isoformat()]
    processes = [
        subprocess.Popen(command, cwd=project, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _process in range(3)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    seen = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sum(seen) == 8
    counts = sorted(AttemptCount.objects.values_list("count", flat=True))
    assert counts == [8, 8, 8, 8, 75, 75, 75]
