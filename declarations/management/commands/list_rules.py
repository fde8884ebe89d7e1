"""Print the table of rules for domain experts."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from declarations.rules import RULES, Rule

HEADINGS = ("code", "severity", "stage", "kinds", "field", "statement", "source")


def _cells(rule: Rule) -> tuple[str, ...]:
    kinds = ", ".join(kind.value for kind in rule.kinds)
    return (rule.code, rule.severity.value, rule.stage.value, kinds, rule.field, rule.statement, rule.source)


class Command(BaseCommand):
    """`manage.py list_rules`: one line per rule, in the order in which the rules are reported."""

    help = "Print every rule: its code, severity, stage, kinds, field, the statement that must hold, and its source."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the table in aligned columns."""
        lines = [HEADINGS, *(_cells(rule) for rule in RULES)]
        widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
        for line in lines:
            cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())
