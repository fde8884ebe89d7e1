"""A transaction that is always rolled back, for many requests within one test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.db import transaction


def ignore(*args: Any, **kwargs: Any) -> None:
    """Do nothing."""


@contextmanager
def rolled_back() -> Iterator[None]:
    """A transaction as around a test, which allows durable ones inside and is rolled back.

    The test client's copying of template contexts is disabled, which halves the time.
    """
    outer: Any = transaction.atomic()
    outer._from_testcase = True
    with mock.patch("django.test.client.store_rendered_templates", new=ignore), outer:
        yield
        transaction.set_rollback(True)
