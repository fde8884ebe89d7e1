"""The session: encrypted, and merged key by key when two tabs save at once."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session

from declarations.wizard.session_store import SessionStore, merge

from ..support.builders import Walk, answers_for

pytestmark = pytest.mark.django_db


def stored(key: str) -> dict:
    """What a new request would read."""
    return dict(SessionStore(key).items())


@pytest.fixture
def key() -> str:
    store = SessionStore()
    store.update({"a": {"n": 1}, "b": {"n": 1}, "c": 1})
    store.save()
    return str(store.session_key)


def loaded(key: str) -> SessionStore:
    """A request that has read the session."""
    store = SessionStore(key)
    assert "a" in store
    return store


def test_two_tabs_that_save_at_once_keep_both_drafts(key):
    """Django: the second save writes the session whole, and the first one's draft is gone."""
    one, other = loaded(key), loaded(key)
    one["a"] = {"n": 2}
    other["b"] = {"n": 3}
    one.save()
    other.save()
    assert stored(key) == {"a": {"n": 2}, "b": {"n": 3}, "c": 1}


def test_a_change_inside_a_draft_counts_as_one(key):
    one, other = loaded(key), loaded(key)
    one["a"]["n"] = 2
    one.save()
    other["b"]["n"] = 3
    other.save()
    assert stored(key) == {"a": {"n": 2}, "b": {"n": 3}, "c": 1}


def test_a_draft_begun_and_a_draft_ended_elsewhere_stay_so(key):
    one, other = loaded(key), loaded(key)
    del one["a"]
    one["new"] = {"n": 9}
    one.save()
    other["b"]["n"] = 3
    other.save()
    assert stored(key) == {"new": {"n": 9}, "b": {"n": 3}, "c": 1}


def test_of_one_draft_the_last_save_wins(key):
    one, other = loaded(key), loaded(key)
    one["a"] = {"n": 2}
    other["a"] = {"n": 3}
    one.save()
    other.save()
    assert stored(key)["a"] == {"n": 3}


def test_a_draft_dropped_here_stays_dropped(key):
    one, other = loaded(key), loaded(key)
    one["b"] = {"n": 2}
    one.save()
    del other["a"]
    other.save()
    assert stored(key) == {"b": {"n": 2}, "c": 1}


def test_a_session_saved_twice_keeps_what_came_between(key):
    one, other = loaded(key), loaded(key)
    one["a"] = {"n": 2}
    one.save()
    other["b"] = {"n": 3}
    other.save()
    one["c"] = 4
    one.save()
    assert stored(key) == {"a": {"n": 2}, "b": {"n": 3}, "c": 4}


def test_signing_in_keeps_the_drafts(client, admin_user):
    """The key of the session changes when somebody signs in; what it holds does not."""
    session = client.session
    session["a"] = 1
    session.save()
    client.force_login(admin_user)
    assert client.session["a"] == 1


def test_signing_out_drops_everything(key):
    store = loaded(key)
    store.flush()
    assert not Session.objects.filter(session_key=key).exists()
    assert stored(key) == {}


def test_nothing_can_be_read_in_the_table(key):
    store = loaded(key)
    store["a"] = {"ssin": "85073003328"}
    store.save()
    row = Session.objects.get(session_key=key)
    assert "85073003328" not in row.session_data
    assert db.SessionStore().decode(row.session_data) == {}
    assert stored(key)["a"] == {"ssin": "85073003328"}


def test_a_session_of_a_key_that_is_gone_counts_as_expired(key, settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert stored(key) == {}


def test_a_session_survives_a_rotation_of_the_keys(key, settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    assert stored(key)["c"] == 1


@pytest.mark.parametrize(
    ("loaded", "mine", "stored", "both"),
    [
        ({"a": 1}, {"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"a": 3}, {"a": 1}, {"a": 3}),
        ({"a": 1}, {"a": 3}, {"a": 2}, {"a": 3}),
        ({"a": 1}, {}, {"a": 1}, {}),
        ({"a": 1}, {"a": 1}, {}, {}),
        ({}, {"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        (
            {"d": {"1": "x", "2": "x"}},
            {"d": {"1": "y", "2": "x"}},
            {"d": {"1": "x", "2": "z"}},
            {"d": {"1": "y", "2": "z"}},
        ),
        ({"d": {"1": "x"}}, {"d": {"1": "y"}}, {}, {"d": {"1": "y"}}),
        ({"d": {"u": {"1": True}}}, {"d": {"u": {}}}, {"d": {"u": {"1": True, "2": True}}}, {"d": {"u": {"2": True}}}),
    ],
)
def test_a_save_brings_what_changed_down_to_the_single_step(loaded, mine, stored, both):
    assert merge(loaded, mine, stored) == both


def test_two_tabs_of_one_draft_keep_each_its_step(client):
    """Django writes the session whole: of two steps saved at once, one would go back to its old answers."""
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    one, other = (SessionStore(client.session.session_key) for _tab in range(2))
    key = walk.session_key
    for store, step, name, value in ((one, "worker", "worker-ssin", "1"), (other, "period", "period-start_date", "2")):
        store[key]["step_data"][step][name] = [value]
        store.modified = True
    one.save()
    other.save()
    kept = SessionStore(client.session.session_key)[key]["step_data"]
    assert (kept["worker"]["worker-ssin"], kept["period"]["period-start_date"]) == (["1"], ["2"])


def test_a_save_that_nobody_overtook_is_one_statement(key, django_assert_num_queries):
    store = loaded(key)
    for n in (2, 3):
        store["a"] = {"n": n}
        with django_assert_num_queries(1):
            store.save()
    assert stored(key)["a"] == {"n": 3}
    with django_assert_num_queries(0):
        store.save()


def test_a_session_that_was_ended_meanwhile_is_not_brought_back(key):
    store, other = loaded(key), loaded(key)
    other.flush()
    store["a"] = {"n": 2}
    with pytest.raises(UpdateError):
        store.save()
    assert stored(key) == {}
