"""The table of guards and the page on security say what is so; that a guard is missed when it is gone, once."""

from __future__ import annotations

import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest

from trials.guards import running
from trials.guards.mutation import Guard, NotFoundError, call, condition, keyword, not_listed, returns
from trials.guards.running import is_missed, run_tests
from trials.guards.table import GUARDS

NAMED_TEST = re.compile(r"tests/[\w/]+\.py(?:::\w+)?")
NAMED_MODULE = re.compile(r"python -m ((?:benchmarks|tests|trials)(?:\.[a-z]\w*)+|benchmarks)")


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_it_can_be_disabled_and_its_tests_exist(project: Path, guard: Guard):
    guard.prepare()
    assert guard.tests
    assert [test for test in guard.tests if not is_there(project, test)] == []


def test_no_two_guards_share_a_name():
    assert len({guard.name for guard in GUARDS}) == len(GUARDS)


@pytest.mark.parametrize("page", ["docs/security.md", "docs/operations.md", "docs/testing.md", "README.md"])
def test_the_tests_and_commands_that_a_page_names_exist(project: Path, page: str):
    text = (project / page).read_text()
    assert [test for test in NAMED_TEST.findall(text) if not is_there(project, test)] == []
    commands = {name.replace(".", "/") for name in NAMED_MODULE.findall(text)}
    assert [each for each in commands if not {f"{each}.py", f"{each}/__main__.py"} & files(project)] == []


def test_every_guard_is_named_on_the_page_of_security(project: Path):
    page = " ".join((project / "docs/security.md").read_text().split())
    assert [guard.name for guard in GUARDS if f"*{guard.name}*" not in page] == []


@pytest.mark.slow
def test_a_guard_is_missed_when_it_is_gone():
    """One of them; `python -m trials.guards` tries them all."""
    told: list[str] = []
    guard = next(each for each in GUARDS if each.name == "no formula in a file")
    assert is_missed(guard, say=told.append)
    assert told[0].startswith("missed ")
    assert run_tests(guard.tests) == []


def test_a_guard_that_no_test_misses_is_named(monkeypatch: pytest.MonkeyPatch):
    told: list[str] = []
    monkeypatch.setattr(running, "run_tests", lambda tests, without: [])
    assert not is_missed(Guard("a name", "a.function", returns("None"), ("one",)), say=told.append)
    assert told == ["NOT SEEN a name (a.function): 0 failed"]


# -- disabling -------------------------------------------------------------------------------------------------


class Door:
    """With a guard of each form."""

    def opens(self, code: str, *, tries: int = 0) -> str:
        if code != "secret":
            return "no"
        return "yes" if tries < 3 and self.is_day(hour=12) else "later"

    def is_day(self, hour: int = 0) -> bool:
        return hour == 12


def is_it_day(door: Door) -> bool:
    return door.is_day(11) or door.is_day(12)


class Gate(Door):
    def opens(self, code: str, *, tries: int = 0) -> str:
        return super().opens(code.strip(), tries=tries)


OPENS, GATE = f"{__name__}.Door.opens", f"{__name__}.Gate.opens"


@pytest.mark.parametrize(
    ("target", "edit", "expected"),
    [
        (OPENS, returns("code"), ["x", "secret", "secret"]),
        (OPENS, condition("code", "False"), ["yes", "yes", "later"]),
        (OPENS, condition("tries", "True"), ["no", "yes", "yes"]),
        (OPENS, call("is_day", "code == 'x'"), ["no", "later", "later"]),
        (OPENS, keyword("hour"), ["no", "later", "later"]),
        (GATE, call("strip", "'secret'"), ["yes", "yes", "later"]),
    ],
    ids=["returns", "condition", "condition in an expression", "call", "keyword", "beside super()"],
)
def test_a_function_is_disabled_as_asked(monkeypatch: pytest.MonkeyPatch, target: str, edit: Any, expected: Any):
    function = pkgutil.resolve_name(target)
    monkeypatch.setattr(function, "__code__", function.__code__)
    tries = [("x", 0), ("secret", 0), ("secret", 3)]
    assert [Gate().opens(code, tries=number) for code, number in tries] == ["no", "yes", "later"]
    edit(target)()
    assert [Gate().opens(code, tries=number) for code, number in tries] == expected


@pytest.mark.parametrize(
    ("target", "edit"),
    [
        (OPENS, call("shuts", "None")),
        (OPENS, condition("hours", "True")),
        (OPENS, keyword("minute")),
        (f"{__name__}.is_it_day", call("is_day", "None")),
        ("django.middleware.http.ConditionalGetMiddleware", not_listed()),
    ],
    ids=["no such call", "no such condition", "no such argument", "called twice", "no middleware of ours"],
)
def test_what_is_not_there_cannot_be_disabled(target: str, edit: Any):
    with pytest.raises(NotFoundError):
        edit(target)()


def files(project: Path) -> set[str]:
    folders = ("benchmarks", "tests", "trials")
    return {str(path.relative_to(project)) for folder in folders for path in (project / folder).rglob("*.py")}


def is_there(project: Path, test: str) -> bool:
    path, _, name = test.partition("::")
    return path in files(project) and (not name or f"def {name}(" in (project / path).read_text())
