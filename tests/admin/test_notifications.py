"""The office's list of notifications: their states, and the actions on those that need a person."""

from __future__ import annotations

import pytest
from django.contrib.admin.sites import site
from django.contrib.auth.models import Permission, User
from django.contrib.messages.storage.fallback import FallbackStorage
from django.test import RequestFactory

from declarations.admin.notifications import NotificationAdmin
from declarations.models import Notification, NotificationState

from ..support.builders import MONDAY, answers_for, submit

pytestmark = pytest.mark.django_db


def request_of(user: User, session):
    request = RequestFactory().post("/")
    request.user, request.session = user, session
    request._messages = FallbackStorage(request)
    return request


@pytest.fixture
def notification(at) -> Notification:
    submit(answers_for("XXX", "OTH"), at(MONDAY))
    return Notification.objects.get()


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("requeue", NotificationState.FAILED, NotificationState.QUEUED),
        ("requeue", NotificationState.UNSURE, NotificationState.QUEUED),
        ("requeue", NotificationState.SENT, NotificationState.SENT),
        ("mark_as_sent", NotificationState.UNSURE, NotificationState.SENT),
        ("mark_as_sent", NotificationState.FAILED, NotificationState.FAILED),
    ],
)
def test_a_person_settles_what_could_not_be_handed_over(client, notification, action, before, after):
    Notification.objects.update(state=before)
    admin = NotificationAdmin(Notification, site)
    getattr(admin, action)(
        request_of(User.objects.create_user("reviewer"), client.session), Notification.objects.all()
    )
    assert Notification.objects.get().state == after


@pytest.mark.parametrize(("permission", "may"), [("decide_declaration", True), ("view_notification", False)])
def test_who_decides_settles(client, permission, may):
    user = User.objects.create_user("reviewer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename=permission))
    actions = NotificationAdmin(Notification, site).get_actions(request_of(user, client.session))
    assert {"requeue", "mark_as_sent"} <= actions.keys() if may else not {"requeue"} & actions.keys()


def test_a_notification_is_found_by_the_number_of_its_declaration(client, notification):
    admin = NotificationAdmin(Notification, site)
    request = request_of(User.objects.create_superuser("chief"), client.session)
    number = notification.declaration.number
    for text, found in ((f"{number[:4]} {number[4:8]} {number[8:]}", 1), ("900000000925", 0), ("", 1)):
        rows, _distinct = admin.get_search_results(request, Notification.objects.all(), text)
        assert rows.count() == found
