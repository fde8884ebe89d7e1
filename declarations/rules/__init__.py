"""The office's rules: one small pure function per rule, and the table of all rules.

`examine(kind, facts)` returns the rules that do not hold; `manage.py list_rules` prints the table.
"""

# Importing a module adds its rules to the table. Their order is that of the steps and of the overview.
# isort: off
from . import states, employer, characteristics, dates, changes, deadlines, periods, quotas

# isort: on
from .facts import FACTS, Facts, PeriodFact, QuotaUse
from .registry import ALL_KINDS, IN, ON_A_PERIOD, RULES, Finding, Rule, examine, findings, step_rules

MODULES = (states, employer, characteristics, dates, changes, deadlines, periods, quotas)

__all__ = [
    "ALL_KINDS",
    "FACTS",
    "IN",
    "MODULES",
    "ON_A_PERIOD",
    "RULES",
    "Facts",
    "Finding",
    "PeriodFact",
    "QuotaUse",
    "Rule",
    "examine",
    "findings",
    "step_rules",
]
