"""The shape of the code base: one-way imports, no template unused, no migration missing, no rule without its row.

`LAYERS` is the map of the rooms: eight floors in `declarations`, six in `referentials`. A unit is a folder or a module
at the top of an app; a new one needs a place in the map. `SHARED_IMPORTS` is the same for tests, trials and
benchmarks: what two of them share is in `tests/support`.
"""

import ast
import csv
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.template.loader import get_template
from django.template.utils import get_app_template_dirs

from declarations.rules import RULES
from declarations.wizard.steps import STEPS

TEMPLATES = settings.BASE_DIR / "templates"

# The floors of each app. A module imports from lower floors only, never from its own floor or a higher one.
# The rooms of `declarations`, from the top: the entrances; the office reviews; the wizard asks; confirmation tells;
# filing decides; records keeps; the models and the rules, which do not know each other; the words that all share.
LAYERS = {
    "declarations": (
        {"apps", "management", "urls"},
        {"admin"},
        {"wizard"},
        {"confirmation"},
        {"filing"},
        {"records"},
        {"client_address", "models", "names", "rules"},
        {"encryption", "enums", "formatting", "templatetags", "whole_files"},
    ),
    "referentials": (
        {"admin", "apps", "management"},
        {"repertory"},
        {"loading", "tables"},
        {"models"},
        {"anomalies", "employers", "places"},
        {"bases", "cached_sql", "folding", "numbers"},
    ),
}
# What tests, trials and benchmarks may import of one another. The longest folder that a file is in counts.
SHARED_IMPORTS = {
    "tests/support": ("tests.support",),
    "tests": ("tests", "trials"),
    "trials": ("trials", "tests.support"),
    "benchmarks": ("benchmarks", "tests.support"),
}
# Whom the rules may know, beside the standard library.
RULES_MAY_IMPORT = {"declarations.rules", "declarations.enums", "referentials.numbers", "holidays"}
# The clock is an argument: only these ask what time it is.
WEB_LAYER = {"admin", "management", "wizard"}
CLOCKS = {"now", "today", "utcnow"}
CLOCKS_WITHOUT_ARGUMENT = {"localdate", "localtime"}
DEFAULTS = {"default", "default_factory"}

ERROR_PAGES = {"400.html", "403.html", "404.html", "500.html"}
NEVER_COMMITTED = {
    ".git", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv", "__pycache__", "htmlcov",
    "staticfiles", "test-results",
}  # fmt: skip
# Written in two halves, so that this file does not name them.
FORBIDDEN = {
    "a path of one machine": r"(?<![\w.-])/(?:wor" + r"k|roo" + r"t|hom" + r"e/\w+)/",
    "the address of a registry": r"py" + r"pi\.org|python" + r"hosted|npm" + r"js\.|deb\.deb" + r"ian",
    "a private key": r"BEGIN [A-Z ]*PRIVATE " + "KEY",
}


def modules(app: str) -> list[Path]:
    """The Python files of an app, without its migrations."""
    return sorted(path for path in (settings.BASE_DIR / app).rglob("*.py") if "migrations" not in path.parts)


def imports(path: Path) -> Iterator[str]:
    """Everything the module imports, as absolute dotted names, inside functions and for the type checker included."""
    package = path.relative_to(settings.BASE_DIR).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            origin = ".".join((*base, *filter(None, [node.module])))
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def unit(name: str) -> str:
    """The second part of a dotted name: of `declarations.wizard.forms.base`, `forms`; empty for the app itself."""
    return [*name.split("."), ""][1]


def unit_of(path: Path) -> str:
    """The unit a file belongs to: of `declarations/wizard/steps.py`, `wizard`; empty for the app's own `__init__`."""
    return unit(".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts)).removeprefix("__init__")


def rank(app: str, name: str) -> int:
    """The line of LAYERS on which a unit stands."""
    found = [position for position, units in enumerate(LAYERS[app]) if name in units]
    assert found, f"{app}.{name} has no line in LAYERS: enter it"
    return found[0]


@pytest.mark.parametrize("app", LAYERS)
def test_imports_run_downwards(app: str):
    upwards = [
        f"{path.relative_to(settings.BASE_DIR)} imports {name}"
        for path in modules(app)
        for name in imports(path)
        if name.startswith(f"{app}.") and unit(name) != unit_of(path) != ""
        if rank(app, unit(name)) <= rank(app, unit_of(path))
    ]
    assert upwards == []


@pytest.mark.parametrize("app", LAYERS)
def test_the_map_names_each_unit_once(app: str):
    named = sorted(name for units in LAYERS[app] for name in units)
    assert named == sorted({unit_of(path) for path in modules(app)} - {""})


def is_below(name: str, *packages: str) -> bool:
    """Whether a dotted name is one of these packages, or in one of them."""
    return any(f"{name}.".startswith(f"{package}.") for package in packages)


def forbidden_import(path: str, name: str) -> bool:
    """Whether a file of tests, trials or benchmarks may not import that name."""
    folder = next(each for each in SHARED_IMPORTS if path.startswith(f"{each}/"))
    is_shared = is_below(name, "tests", "trials", "benchmarks")
    is_of_a_test = any(part.startswith("test_") for part in name.split("."))
    return is_shared and (is_of_a_test or not is_below(name, *SHARED_IMPORTS[folder]))


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ("tests/rules/test_dates.py", "tests.support.shorthand.day", False),
        ("tests/trials/test_rounds.py", "trials.rounds", False),
        ("tests/trials/test_rounds.py", "benchmarks.rows", True),
        ("tests/records/test_seals.py", "tests.records.test_encryption.row", True),
        ("tests/support/pages.py", "tests.support.builders.Walk", False),
        ("tests/support/pages.py", "tests.conftest.at", True),
        ("tests/support/pages.py", "trials.rounds", True),
        ("trials/rounds.py", "tests.support.builders", False),
        ("trials/rounds.py", "tests.conftest", True),
        ("trials/rounds.py", "benchmarks.rows", True),
        ("benchmarks/growth.py", "tests.support", False),
        ("benchmarks/growth.py", "trials.rounds", True),
        ("benchmarks/growth.py", "declarations.models", False),
    ],
)
def test_what_tests_trials_and_benchmarks_may_import(path: str, name: str, expected: bool):
    assert forbidden_import(path, name) is expected


@pytest.mark.parametrize("folder", ["tests", "trials", "benchmarks"])
def test_tests_trials_and_benchmarks_share_only_what_is_in_support(folder: str):
    forbidden = [
        f"{path} imports {name}"
        for path in (module.relative_to(settings.BASE_DIR) for module in modules(folder))
        for name in imports(settings.BASE_DIR / path)
        if forbidden_import(path.as_posix(), name)
    ]
    assert forbidden == []


@pytest.mark.parametrize(
    ("app", "stranger"),
    [
        ("referentials", "declarations"),
        ("referentials", "dimona_site"),
        ("declarations", "dimona_site"),
        # The site names what it serves in its settings and addresses alone.
        ("dimona_site", "declarations"),
    ],
)
def test_an_app_does_not_import_a_stranger(app: str, stranger: str):
    known = [
        f"{path.name} imports {name}"
        for path in modules(app)
        for name in imports(path)
        if name.split(".")[0] == stranger and name != "declarations.client_address.is_within"
    ]
    assert known == []


def test_rules_know_neither_forms_nor_request_nor_database():
    known = [
        f"{path.name} imports {name}"
        for path in modules("declarations/rules")
        for name in imports(path)
        if name.split(".")[0] not in sys.stdlib_module_names and ".".join(name.split(".")[:2]) not in RULES_MAY_IMPORT
    ]
    assert known == []


def asks_the_time(node: ast.AST) -> bool:
    """Whether the node calls a clock or hands one over as a default; `localtime(moment)` only converts."""
    if isinstance(node, ast.Call):
        name = last_name(node.func)
        return name in CLOCKS or (name in CLOCKS_WITHOUT_ARGUMENT and not node.args)
    is_default = isinstance(node, ast.keyword) and node.arg in DEFAULTS
    return is_default and last_name(node.value) in CLOCKS | CLOCKS_WITHOUT_ARGUMENT


def last_name(node: ast.AST) -> str:
    """Of `django.utils.timezone.now`, `now`; empty for what is no dotted name."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("now()", True),
        ("timezone.now()", True),
        ("datetime.date.today()", True),
        ("localdate()", True),
        ("timezone.localtime()", True),
        ("DateField(default=timezone.now)", True),
        ("DateField(default=now)", True),
        ("field(default_factory=timezone.localdate)", True),
        ("localdate(moment)", False),
        ("timezone.localtime(moment)", False),
        ("begin(now=now)", False),
        ("validate(number, today=self.context.today)", False),
        ("field(default_factory=dict)", False),
    ],
)
def test_what_asks_the_time(source: str, expected: bool):
    assert any(asks_the_time(node) for node in ast.walk(ast.parse(source))) is expected


def test_only_the_web_layer_asks_what_time_it_is():
    askers = [
        f"{path.relative_to(settings.BASE_DIR)}: {ast.unparse(node)}"
        for app in LAYERS
        for path in modules(app)
        if unit_of(path) not in WEB_LAYER
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if asks_the_time(node)
    ]
    assert askers == []


def template_names() -> list[str]:
    """The templates of the project, as they are named in `{% include %}` and in Python."""
    return sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.*"))


@pytest.mark.parametrize("name", template_names())
def test_every_template_loads(name: str):
    assert get_template(name)


def replaces_another(name: str) -> bool:
    """Whether an installed app has a template of this name, which ours stands in for."""
    return any((Path(folder) / name).exists() for folder in get_app_template_dirs("templates"))


def test_every_template_is_used():
    sources = [path.read_text(encoding="utf-8") for app in (*LAYERS, "dimona_site") for path in modules(app)]
    pages = {name: (TEMPLATES / name).read_text(encoding="utf-8") for name in template_names()}
    unused = [
        name
        for name in pages
        if name not in ERROR_PAGES
        and not any(f'"{name}"' in text for text in [*sources, *(page for key, page in pages.items() if key != name)])
        and not replaces_another(name)
    ]
    assert unused == []


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, str], dict[str, str]]:
    """The rows of the anomaly catalogue by code and rule, the rule empty in the words for all others."""
    with (settings.BASE_DIR / "referentials/data/anomalies.csv").open(encoding="utf-8", newline="") as file:
        return {(row["code"], row["rule"]): row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def catalogue(rows: dict[tuple[str, str], dict[str, str]]) -> dict[str, dict[str, str]]:
    """The rows for all rules, by code."""
    return {code: row for (code, rule), row in rows.items() if not rule}


def test_words_for_one_rule_name_a_rule_of_that_code(rows: dict[tuple[str, str], dict[str, str]]):
    named = {key for key in rows if key[1]}
    assert named - {(rule.code, rule.name) for rule in RULES} == set()


def test_a_rule_is_as_severe_as_the_class_of_its_row(rows: dict[tuple[str, str], dict[str, str]]):
    """90017-369 is published as a warning; a strict quota of article 17 refuses (domain reference 3.5)."""
    others = [
        rule.name
        for rule in RULES
        if rows.get((rule.code, rule.name), rows[rule.code, ""])["anomaly_class"] != rule.severity
    ]
    assert others == ["no_strict_quota_of_the_worker_is_exceeded"]


def test_every_rule_has_its_row(catalogue: dict[str, dict[str, str]]):
    assert [rule.name for rule in RULES if rule.code not in catalogue] == []


def test_a_rule_leads_back_to_a_step_of_its_kind(rows: dict[tuple[str, str], dict[str, str]]):
    slugs = {kind: {step.slug for step in steps} for kind, steps in STEPS.items()}
    nowhere = [
        (kind.value, rule.code)
        for rule in RULES
        for kind in rule.kinds
        if rows.get((rule.code, rule.name), rows[rule.code, ""])["step"] not in slugs[kind]
    ]
    assert nowhere == []


def test_every_code_named_in_the_source_has_its_row(catalogue: dict[str, dict[str, str]]):
    named = {
        code
        for path in modules("declarations")
        for code in re.findall(r"\b\d{5}-\d{3}\b", path.read_text(encoding="utf-8"))
    }
    assert named - set(catalogue) == set()


def test_every_row_is_complete_in_four_languages(catalogue: dict[str, dict[str, str]]):
    columns = [f"{column}_{language}" for column in ("label", "repair") for language in ("nl", "fr", "de", "en")]
    empty = [f"{code} {column}" for code, row in catalogue.items() for column in columns if not row[column].strip()]
    assert empty == []


def committed_files() -> Iterator[Path]:
    """The files of the project, without what is never committed."""
    for folder, folders, files in os.walk(settings.BASE_DIR):
        folders[:] = [name for name in folders if name not in NEVER_COMMITTED]
        yield from (
            Path(folder, name)
            for name in files
            if name not in NEVER_COMMITTED and not name.endswith((".mo", ".pyc")) and "sqlite3" not in name
        )


def test_no_file_names_what_belongs_elsewhere():
    found = [
        f"{path.relative_to(settings.BASE_DIR)} names {what}"
        for path in committed_files()
        for what, pattern in FORBIDDEN.items()
        if re.search(pattern, path.read_bytes().decode("utf-8", errors="replace"))
    ]
    assert found == []


def test_no_code_of_a_rule_decides_anything_outside_the_rules():
    codes, rules = {rule.code for rule in RULES}, settings.BASE_DIR / "declarations" / "rules"
    named = {
        (str(path.relative_to(settings.BASE_DIR)), node.value)
        for path in (settings.BASE_DIR / "declarations").rglob("*.py")
        if not path.is_relative_to(rules)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value in codes
    }
    assert named == set()
