"""A transaction that leaves nothing behind, for many requests within one test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.db import transaction


def ignore(*args: Any, **kwargs: Any) -> None:
    """Nothing is done with it."""


@contextmanager
def rolled_back() -> Iterator[None]:
    """A transaction as a test's, in which others may insist on one of their own; nothing of it stays.

    The contexts of templates, which a test's client copies, are not looked at: that takes half of the time.
    """
    outer: Any = transaction.atomic()
    outer._from_testcase = True
    with mock.patch("django.test.client.store_rendered_templates", new=ignore), outer:
        yield
        transaction.set_rollback(True)
