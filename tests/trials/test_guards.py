"""The table of guards and the page on security say what is so; that a guard is missed when it is gone, once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trials.guards import mutation
from trials.guards.mutation import Guard, copy_tree, is_missed
from trials.guards.table import GUARDS

NAMED_TEST = re.compile(r"tests/[\w/]+\.py(?:::\w+)?")
NAMED_MODULE = re.compile(r"python -m ((?:benchmarks|tests|trials)(?:\.[a-z]\w*)+|benchmarks)")


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_its_line_stands_there_once_and_its_tests_exist(project: Path, guard: Guard):
    assert (project / guard.path).read_text().count(guard.line) == 1
    assert guard.line != guard.instead
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


def test_a_guard_is_missed_when_it_is_gone(project: Path, tmp_path: Path):
    """One of them; `python -m trials.guards` tries them all."""
    tree = copy_tree(tmp_path)
    told: list[str] = []
    guard = next(each for each in GUARDS if each.name == "no formula in a file")
    assert is_missed(guard, tree, say=told.append)
    assert told[0].startswith("missed ")
    assert (tree / guard.path).read_text() == (project / guard.path).read_text()


def test_a_guard_that_no_test_misses_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    seen: list[str] = []

    def run(tree: Path, tests: object) -> list[str]:
        seen.append((tree / "code.py").read_text())
        return []

    (tmp_path / "code.py").write_text("a\nguard\n")
    monkeypatch.setattr(mutation, "run_tests", run)
    assert not is_missed(Guard("a line", "code.py", "guard\n", "", ("one",)), tmp_path, say=seen.append)
    assert seen == ["a\n", "NOT SEEN a line (code.py): 0 failed"]


def files(project: Path) -> set[str]:
    folders = ("benchmarks", "tests", "trials")
    return {str(path.relative_to(project)) for folder in folders for path in (project / folder).rglob("*.py")}


def is_there(project: Path, test: str) -> bool:
    path, _, name = test.partition("::")
    return path in files(project) and (not name or f"def {name}(" in (project / path).read_text())
