"""axe-core in a page: what bars someone, by WCAG 2.2 AA and its best practices."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

STANDARDS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SCRIPT = Axe().axe_script


def assert_accessible(page: Page, **options: Any) -> None:
    """Fails with what axe-core finds. Its half a megabyte is read once by a page, whatever the widths tried."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(SCRIPT)
    answer = page.evaluate("options => axe.run(options)", {**STANDARDS, "resultTypes": ["violations"], **options})
    results = AxeResults(answer)
    assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"
