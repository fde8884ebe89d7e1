"""The watch kept by conftest.py sees what it is meant to see: a watch that sees nothing would fail nothing."""

import pytest
from playwright.sync_api import Page

from ..support.axe import assert_accessible

LOGIN = "/admin/login/"
# Tenths of a second.
MOMENTS = 200


@pytest.mark.parametrize(
    ("deed", "word"),
    [
        ("setTimeout(() => { location = 'http://elsewhere.example/' })", "left the server"),
        ("fetch('http://elsewhere.example/').catch(() => 0)", "Content Security Policy"),
        ("setTimeout(() => { throw new Error('a mishap') })", "script error"),
    ],
)
def test_a_wrong_is_noted(page: Page, wrongs: list[str], deed: str, word: str):
    page.goto(LOGIN)
    page.evaluate(deed)
    for _moment in range(MOMENTS):
        if word in "\n".join(wrongs):
            break
        page.wait_for_timeout(100)
    assert word in "\n".join(wrongs)
    wrongs.clear()


def test_a_barrier_is_found(page: Page):
    page.goto(LOGIN)
    page.evaluate("document.body.innerHTML = '<img src=\"data:,\"><input>'")
    with pytest.raises(AssertionError, match="image-alt"):
        assert_accessible(page)


def test_no_script_runs_without_javascript(page_without_javascript: Page):
    page_without_javascript.set_content(
        "<p>still</p><script>document.querySelector('p').textContent = 'moved'</script>"
    )
    assert page_without_javascript.inner_text("p") == "still"


def test_a_phone_is_narrow(phone: Page):
    phone.goto(LOGIN)
    assert phone.evaluate("window.innerWidth") == 360
