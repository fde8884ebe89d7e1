"""The session: encrypted, and merged key by key when two tabs save at once."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.contrib.sessions.models import Session

from declarations.sessions import SessionStore

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
    assert stored(key)["a"] == {"ssin": "85073003328"}


def test_a_session_of_a_key_that_is_gone_counts_as_expired(key, settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert stored(key) == {}


def test_a_session_survives_a_rotation_of_the_keys(key, settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    assert stored(key)["c"] == 1
