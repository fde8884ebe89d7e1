"""An installation of Dimona as in the Dockerfile, in a given folder, with its environment.

`python -m tests.support.serving.installation FOLDER` executes every step of the build stage, including the virtual
environment and its packages.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
DEPLOY = PROJECT / "deploy"
HOST = "dimona.example"
NEVER_COPIED = shutil.ignore_patterns("__pycache__", "*.mo", "dimona.env", "tls", ".env")


def example(*, with_defaults: bool = False) -> dict[str, str]:
    """The variables of the example file with secrets filled in; with defaults, also its commented lines."""
    pattern = r"^(#?)([A-Z_]+)=(.*)$"
    lines = re.findall(pattern, (DEPLOY / "dimona.env.example").read_text(encoding="utf-8"), re.MULTILINE)
    found = {name: value for mark, name, value in lines if with_defaults or not mark}
    key = urlsafe_b64encode(b"k" * 32).decode()
    return {**found, "SECRET_KEY": "0123456789" * 5, "HASH_KEY": "h" * 50, "ENCRYPTION_KEYS": key}


def steps(stage: str) -> Iterator[tuple[str, str]]:
    """The instructions of a stage of the Dockerfile, each with its argument on one line."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    _before, _from, after = text.partition(f" AS {stage}\n")
    for line in after.partition("\nFROM ")[0].splitlines():
        if line and not line.startswith("#"):
            instruction, _blank, argument = line.partition(" ")
            yield instruction, argument


def install(folder: Path, *, with_packages: bool) -> None:
    """Execute the build stage in that folder; without packages, those of the running Python are used."""
    for instruction, argument in steps("build"):
        if instruction == "COPY":
            _copy(*shlex.split(argument), into=folder)
        elif instruction == "RUN" and not with_packages and re.search("venv .venv$|pip install", argument):
            _take_packages(folder / ".venv")
        elif instruction == "RUN":
            # The image does not set a developer's DEBUG.
            environment = {name: value for name, value in os.environ.items() if name != "DEBUG"}
            subprocess.run(["sh", "-euc", argument], cwd=folder, env=environment, check=True, capture_output=True)


def _take_packages(environment: Path) -> None:
    if not environment.exists():
        environment.symlink_to(sys.prefix)


def _copy(*paths: str, into: Path) -> None:
    *sources, target = paths
    for source in sources:
        origin = PROJECT / source
        end = into / target / origin.name if target.endswith("/") else into / target
        end.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            shutil.copytree(origin, end, ignore=NEVER_COPIED)
        else:
            shutil.copyfile(origin, end)


if __name__ == "__main__":
    install(Path(sys.argv[1]), with_packages=True)
