"""Description of the machine on which figures were measured."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from .service import ROOT

PACKAGES = ("Django", "gunicorn", "psycopg", "whitenoise", "cryptography")


def describe() -> str:
    """The commit, whether the tree has changes, the machine, and versions."""
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    return "\n".join(
        [
            f"commit {_git('rev-parse', '--short', 'HEAD')}" + (", changed" if _git("status", "--porcelain") else ""),
            f"{os.cpu_count()} cores, {model[0].partition(': ')[2] if model else platform.machine()}; load {load}",
            f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        ]
    )


def _git(*command: str) -> str:
    done = subprocess.run(["git", *command], cwd=ROOT, check=False, capture_output=True, text=True)
    return done.stdout.strip() or ("" if command[0] == "status" else "unknown")
