"""Registration of rules: a pure function, named as the statement that must hold, and its row in the table.

A rule's parameters are names of facts (facts.py), which are also the names of form and model fields.
`declarations.filing.facts` fetches the facts; the rule only judges them. `examine` runs every rule of a kind of
declaration on one set of facts.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar

from ..enums import DeclarationKind, Remedy, Severity, Stage

ALL_KINDS = tuple(DeclarationKind)
IN = (DeclarationKind.IN,)
OUT = (DeclarationKind.OUT,)
MODIFICATION = (DeclarationKind.MODIFICATION,)
# The period after a Modification is judged by the same rules as the period of an IN.
IN_AND_MODIFICATION = IN + MODIFICATION
ON_A_PERIOD = tuple(kind for kind in DeclarationKind if kind != DeclarationKind.IN)

Holds = TypeVar("Holds", bound=Callable[..., bool])


@dataclass(frozen=True)
class Rule:
    """A rule: the function that says whether it holds, and its row.

    `code` is the official anomaly code if it does not hold. `field` is the form field it is about. `source` is the
    section of the manual, the ruling or the section of the domain reference that states it. `detail` builds, from the
    same facts, a text for the office only. `since` returns, from the facts, the day or the moment that is shown to
    whoever entered the period number. `remedy` is what the filer is offered if the rule does not hold.
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
    remedy: Remedy = Remedy.STEP

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.holds.__name__

    @property
    def statement(self) -> str:
        """The statement that must hold, in words."""
        return self.name.replace("_", " ")

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the facts that the function reads."""
        return _parameters(self.holds)

    @property
    def facts(self) -> frozenset[str]:
        """The names of the facts that the function, its `detail` and its `since` read."""
        read = (each for each in (self.holds, self.detail, self.since) if each)
        return frozenset(name for each in read for name in _parameters(each))


@dataclass(frozen=True)
class Finding:
    """A rule that does not hold, with a detail for the office only, such as the hours in excess.

    `since` is the day or the moment from which it applies: an aware moment, or a naive clock time.
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
    remedy: Remedy = Remedy.STEP,
    modification_code: str = "",
) -> Callable[[Holds], Holds]:
    """Add the decorated function to the table of rules and return it unchanged.

    With `modification_code` it is added a second time, for a Modification, under that code.
    """

    def add_to_table(holds: Holds) -> Holds:
        RULES.append(Rule(holds, code, field, kinds, severity, stage, source, detail, since, remedy))
        if modification_code:
            RULES.append(replace(RULES[-1], code=modification_code, kinds=MODIFICATION))
        return holds

    return add_to_table


@cache
def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of the function's parameters, read once: `inspect.signature` costs more than most rules."""
    return tuple(inspect.signature(function).parameters)


def _call(function: Callable[..., Any], facts: Mapping[str, Any]) -> Any:
    return function(**{name: facts[name] for name in _parameters(function)})


def findings(rules: Iterable[Rule], facts: Mapping[str, Any]) -> Iterator[Finding]:
    """The rules that do not hold. Raises KeyError if a rule reads a fact that was not fetched."""
    for each in rules:
        if not _call(each.holds, facts):
            detail = _call(each.detail, facts) if each.detail else ""
            yield Finding(each, detail, _call(each.since, facts) if each.since else None)


def examine(kind: DeclarationKind, facts: Mapping[str, Any]) -> list[Finding]:
    """Every rule of `kind` that does not hold, in the order of the table."""
    return list(findings((each for each in RULES if kind in each.kinds), facts))


def step_rules(kind: DeclarationKind, fields: Iterable[str]) -> list[Rule]:
    """The rules reported on a step: those whose field is one of the step's."""
    names = set(fields)
    return [each for each in RULES if each.stage == Stage.STEP and kind in each.kinds and each.field in names]


def code_of(holds: Callable[..., bool], kind: DeclarationKind) -> str:
    """The code that a declaration of `kind` gets if that rule does not hold."""
    return next(each.code for each in RULES if each.holds is holds and kind in each.kinds)
