"""What a deployment is configured with: complete, understood by those who read it, and in step with the settings."""

from __future__ import annotations

import gc
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from ..support.serving.installation import DEPLOY, example, steps

# What a deployment has to write itself.
SECRETS = ("SECRET_KEY", "ENCRYPTION_KEYS", "HASH_KEY")
WITHOUT_ALARM = ("dimona-web.service", "dimona-alarm@.service")
UNITS = sorted(path.name for path in (DEPLOY / "systemd").glob("dimona-*.*") if path.is_file())


class Recording(dict[str, str]):
    """An environment that remembers what was asked of it."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        """The value, noted."""
        self.asked.add(key)
        return super().get(key, default)


def loaded(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, project: Path) -> dict[str, Any]:
    """The settings under that environment alone."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "environ", environment)
        found = runpy.run_path(str(project / "dimona_site" / "settings.py"))
    return {name: value for name, value in found.items() if name.isupper()}


def test_the_example_has_every_variable_that_the_settings_read_and_no_other(
    monkeypatch: pytest.MonkeyPatch, project: Path
):
    environment = Recording(example())
    loaded(environment, monkeypatch, project)
    assert set(example(with_defaults=True)) == environment.asked


def test_what_the_example_calls_a_default_is_one(monkeypatch: pytest.MonkeyPatch, project: Path):
    plain = loaded(example(), monkeypatch, project)
    written_out = loaded(example(with_defaults=True), monkeypatch, project)
    assert written_out == plain


def test_every_variable_of_the_example_is_explained():
    lines = (DEPLOY / "dimona.env.example").read_text(encoding="utf-8").splitlines()
    variables = [number for number, line in enumerate(lines) if re.match(r"#?[A-Z_]+=", line)]
    assert [lines[number] for number in variables if not re.match(r"# \S.*\.$", lines[number - 1])] == []


def test_the_example_starts_nothing_before_its_secrets_are_written():
    lines = (DEPLOY / "dimona.env.example").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith(tuple(f"{name}=" for name in SECRETS))] == [
        f"{name}=" for name in SECRETS
    ]


@pytest.mark.slow
def test_the_example_passes_django_s_checks_for_deployment(project: Path):
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    environment = {"PATH": os.environ["PATH"], **example()}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("stage", ["build", "app", "web"])
def test_what_an_image_copies_is_there(stage: str, project: Path):
    copied = [argument.split()[:-1] for instruction, argument in steps(stage) if instruction == "COPY"]
    sources = [source for each in copied if not each[0].startswith("--from") for source in each]
    assert copied
    assert [source for source in sources if not (project / source).exists()] == []


def test_nginx_lets_in_as_much_as_the_application_reads():
    configuration = (DEPLOY / "nginx" / "dimona.conf").read_text(encoding="utf-8")
    sizes = re.findall(r"^ +client_(?:max_body|body_buffer)_size (\d+)k;", configuration, re.MULTILINE)
    assert sizes == [str(settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024)] * 2


def test_a_worker_keeps_out_of_collections_what_its_first_answers_load(monkeypatch: pytest.MonkeyPatch):
    done: list[str] = []
    for name in ("collect", "freeze"):
        monkeypatch.setattr(gc, name, lambda name=name: done.append(name))
    answered = runpy.run_path(str(DEPLOY / "gunicorn.conf.py"))["post_request"]
    found = []
    for _answer in range(1200):
        answered(None, None)
        found.append(len(done))
    assert done == ["collect", "freeze"] * 2
    assert [found.index(number) + 1 for number in (2, 4)] == [100, 1000]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is only where Linux has it")
def test_systemd_understands_every_unit(tmp_path: Path):
    """As they stand, but for the programs: what is started is not where the units say, on this machine."""
    shutil.copytree(DEPLOY / "systemd", tmp_path, dirs_exist_ok=True)
    for unit in tmp_path.glob("*.service"):
        unit.write_text(unit.read_text().replace("/opt/dimona/.venv/bin/", "/bin/true "))
    units = [tmp_path / unit.replace("@.", "@clearsessions.") for unit in UNITS]
    for template in tmp_path.glob("*@.service"):
        shutil.copy(template, tmp_path / template.name.replace("@.", "@clearsessions."))
    command = ["systemd-analyze", "verify", "--man=no", *units]
    environment = os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "dimona" in line] == []
    assert done.returncode == 0, done.stderr


def test_every_timer_starts_a_service_that_is_there_and_a_command_that_exists(project: Path):
    from django.core.management import get_commands

    for timer in (DEPLOY / "systemd").glob("*.timer"):
        unit = re.findall("^Unit=(.+)$", timer.read_text(), re.MULTILINE)[0]
        template, _at, command = unit.removesuffix(".service").partition("@")
        assert (DEPLOY / "systemd" / f"{template}{'@' if command else ''}.service").exists(), timer.name
        assert not command or command in get_commands(), timer.name


def test_who_fails_by_the_clock_raises_the_alarm():
    """A timer's service that exits 1 starts another, which tells."""
    names = [path.name for path in (DEPLOY / "systemd").glob("dimona-*.service") if path.name not in WITHOUT_ALARM]
    texts = {name: (DEPLOY / "systemd" / name).read_text() for name in names}
    assert len(texts) == 3
    assert [name for name, text in texts.items() if "\nOnFailure=dimona-alarm@%" not in text] == []


def test_what_systemd_does_by_the_clock_compose_does_too():
    """The same commands, whoever deploys; but for the backup, which needs PostgreSQL's programs: not in the image."""
    timers = "".join(path.read_text() for path in (DEPLOY / "systemd").glob("*.timer"))
    logs = (DEPLOY / "systemd" / "dimona-sign-in-logs.service").read_text()
    by_systemd = set(re.findall(r"@(\w+)\.service", timers)) | set(re.findall(r"manage\.py (\w+)", logs))
    by_compose = re.findall(r'command: \["\d+", "(\w+)"', (DEPLOY / "compose.yaml").read_text())
    assert set(by_compose) == by_systemd
