"""How a rule is written down: a pure function named as the statement that must hold, and its row.

A rule's parameters are named facts (facts.py), the same names as the form fields and the model fields;
`declarations.filing.facts` fetches them, the rule only judges. `examine` runs every rule of a kind of declaration over
one set of facts.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from ..enums import DeclarationKind, Severity, Stage

ALL_KINDS = tuple(DeclarationKind)
IN = (DeclarationKind.IN,)
OUT = (DeclarationKind.OUT,)
MODIFICATION = (DeclarationKind.MODIFICATION,)
# What a Modification makes of a period is judged as what an IN declares.
IN_AND_MODIFICATION = IN + MODIFICATION
ON_A_PERIOD = tuple(kind for kind in DeclarationKind if kind != DeclarationKind.IN)

Holds = TypeVar("Holds", bound=Callable[..., bool])


@dataclass(frozen=True)
class Rule:
    """One rule: the function that says whether it holds, and its row.

    `code` is the official anomaly code when it does not hold; `field` the form field it speaks about; `source` the
    manual, the ruling or the section of the domain reference that states it; `detail` words from the same facts what
    only the office may know; `since` takes from them the day, or the moment, that whoever names the period is told.
    """

    holds: Callable[..., bool]
    code: str
    field: str
    kinds: tuple[DeclarationKind, ...]
    severity: Severity
    stage: Stage
    source: str
    detail: Callable[..., str] | None = None
    since: Callable[..., date | datetime | None] | None = None

    @property
    def name(self) -> str:
        """The statement, as the function is named."""
        return self.holds.__name__

    @property
    def statement(self) -> str:
        """The statement that must hold, in words."""
        return self.name.replace("_", " ")

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the facts the rule reads."""
        return _parameters(self.holds)

    @property
    def facts(self) -> frozenset[str]:
        """The names of the facts that the rule, the words of its detail and its day read."""
        read = (each for each in (self.holds, self.detail, self.since) if each)
        return frozenset(name for each in read for name in _parameters(each))


@dataclass(frozen=True)
class Finding:
    """A rule that does not hold, with what only the office may know of it (such as the hours in excess).

    `since`: from when on it is so, for whoever is told of it; a moment is aware, the hour of a clock naive.
    """

    rule: Rule
    detail: str = ""
    since: date | datetime | None = None

    @property
    def code(self) -> str:
        """The official anomaly code."""
        return self.rule.code


RULES: list[Rule] = []


def rule(
    code: str,
    *,
    field: str,
    source: str,
    kinds: tuple[DeclarationKind, ...] = IN,
    severity: Severity = Severity.BLOCKING,
    stage: Stage = Stage.OFFICE,
    detail: Callable[..., str] | None = None,
    since: Callable[..., date | datetime | None] | None = None,
    modification_code: str = "",
) -> Callable[[Holds], Holds]:
    """Enter the decorated function in the table of rules; the function itself stays plain.

    `modification_code` enters it a second time, for a Modification, where the office has another code for it.
    """

    def add_to_table(holds: Holds) -> Holds:
        RULES.append(Rule(holds, code, field, kinds, severity, stage, source, detail, since))
        if modification_code:
            RULES.append(Rule(holds, modification_code, field, MODIFICATION, severity, stage, source, detail, since))
        return holds

    return add_to_table


def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)


def _call(function: Callable[..., Any], facts: Mapping[str, Any]) -> Any:
    return function(**{name: facts[name] for name in _parameters(function)})


def findings(rules: Iterable[Rule], facts: Mapping[str, Any]) -> Iterator[Finding]:
    """The rules that do not hold. Raises KeyError when a rule reads a fact that was not fetched."""
    for each in rules:
        if not _call(each.holds, facts):
            detail = _call(each.detail, facts) if each.detail else ""
            yield Finding(each, detail, _call(each.since, facts) if each.since else None)


def examine(kind: DeclarationKind, facts: Mapping[str, Any]) -> list[Finding]:
    """Every rule of `kind` that does not hold, in the order of the table."""
    return list(findings((each for each in RULES if kind in each.kinds), facts))


def step_rules(kind: DeclarationKind, fields: Iterable[str]) -> list[Rule]:
    """The rules told on a step: those whose field is one of the step's."""
    names = set(fields)
    return [each for each in RULES if each.stage == Stage.STEP and kind in each.kinds and each.field in names]
