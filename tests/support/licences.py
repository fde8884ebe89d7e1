"""Write docs/licences.md: the packages that we use, with versions and licences.

Run as `python -m tests.support.licences`.

Names and versions come from the requirement files, licences from the installed packages, images and Debian packages
from the Dockerfile and compose file. It stops at a package whose licence is missing or not allowed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution

from .serving.installation import DEPLOY, PROJECT

PAGE = PROJECT / "docs" / "licences.md"
LOCKED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^]]*\])?==([^\s;]+)", re.MULTILINE)
# Licences allowed in the deployed service: at most a notice is required; LGPL and MPL for unchanged separate packages.
SERVED = {
    "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "LGPL-2.1-or-later", "LGPL-3.0-only", "MIT", "MIT-0",
    "MIT-CMU", "MPL-1.1", "MPL-2.0", "PSF-2.0", "Unlicense",
}  # fmt: skip
# Licences allowed for tools that are run but not distributed.
RUN_ONLY = SERVED | {"Artistic", "CNRI-Python", "GPL-2.0-or-later", "GPL-3.0-or-later"}
# SPDX identifiers for other spellings. Some packages state the BSD variant in their licence text only.
OTHER_WORDS = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "Artistic License": "Artistic",
    "BSD License": "BSD",
    "GNU General Public License (GPL)": "GPL-2.0-or-later",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
    "MIT License": "MIT",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
# Checked by a person: packages without licence metadata, and those installed elsewhere only.
READ = {
    "axe-playwright-python": "MIT",
    "brotlicffi": "MIT",
    "colorama": "BSD-3-Clause",
    "typing-extensions": "PSF-2.0",
    "tzdata": "Apache-2.0",
}
FROM_DEBIAN = {
    "fonts-liberation": "OFL-1.1",
    "fonts-noto-core": "OFL-1.1",
    "libharfbuzz-subset0": "MIT",
    "libpango-1.0-0": "LGPL-2.0-or-later",
    "libpangoft2-1.0-0": "LGPL-2.0-or-later",
    "nginx-light": "BSD-2-Clause",
}
HEADINGS = {"run": "What serves", "pdf": "What makes the PDFs of notifications", "test": "What tests"}
INTRODUCTION = """# Licences

What is not ours, in the versions that are locked. Written by `python -m tests.support.licences` from the requirement
files, the installed packages and the Dockerfile; a test holds it against them, and stops a licence that nobody allowed
(`tests/support/licences.py` has the lists). `BSD` is said without the number of its clauses. Each package brings its
text in its `dist-info` folder, and C libraries compiled into it: OpenSSL in `cryptography` and, beside libpq, in
`psycopg-binary`; those of the image formats in `pillow`.

`make sbom` writes what serves as a bill of materials, `sbom.json` (CycloneDX 1.6: each package with its version and
licence, and what needs what), from an environment that holds the locked packages and nothing else. `make audit` asks
the package index, over the network, what is known against each locked version; what it cannot look up fails, too. Both
tools are locked in `requirements/supply.txt` and installed apart, so that they come near nothing that serves.

`psycopg` and `python-stdnum` are under the LGPL: installed unchanged, as packages of their own. None of the
packages that serve is under the GPL or the AGPL alone.
"""
STATIC = """## In the browser

`static/` is ours, all of it, and asks no other host for anything. The admin adds Django's files: its own
(BSD-3-Clause) with jQuery, Select2 and XRegExp (MIT) and icons (MIT). The tests inject axe-core (MPL-2.0), which
`axe-playwright-python` brings; it is never served.
"""
IMAGES = """## In the images

Each with Debian's own packages, whose licences lie in its `/usr/share/doc`; Python is under PSF-2.0, PostgreSQL under
a licence of its own, like MIT.
"""


class LicenceError(Exception):
    """A licence is missing or not allowed."""


@dataclass(frozen=True, order=True)
class Package:
    """A third-party package."""

    name: str
    version: str
    licence: str


def locked(text: str) -> list[tuple[str, str]]:
    """The names and versions in a requirements file."""
    return LOCKED.findall(text)


def licence_of(name: str, version: str) -> str:
    """The licence of an installed package, as an SPDX expression if possible. Raises LicenceError."""
    try:
        metadata = distribution(name).metadata
    except PackageNotFoundError:
        return _read(name)
    if metadata["Version"] != version:
        raise LicenceError(f"{name} {version} is locked and {metadata['Version']} installed: make lint installs it.")
    said = [line.rpartition(" :: ")[2] for line in metadata.get_all("Classifier", []) if line.startswith("License ::")]
    written = str(metadata.get("License", "")).strip()
    return str(metadata.get("License-Expression", "")) or spdx(said or [written]) or _read(name)


def _read(name: str) -> str:
    if name not in READ:
        raise LicenceError(f"{name} names no licence: read its text, and enter it in READ.")
    return READ[name]


def spdx(said: list[str]) -> str:
    """An SPDX expression for alternative licences given in words; empty if one is unknown."""
    names = {OTHER_WORDS.get(each, each) for each in said}
    return " OR ".join(sorted(names)) if names <= RUN_ONLY else ""


def is_allowed(expression: str, allowed: set[str]) -> bool:
    """Whether one of the alternative licences consists of allowed ones only.

    >>> is_allowed("GPL-3.0-only OR MIT AND PSF-2.0", SERVED), is_allowed("MIT AND GPL-3.0-only", SERVED)
    (True, False)
    """
    return any(set(choice.split(" AND ")) <= allowed for choice in expression.split(" OR "))


def packages(file: str) -> list[Package]:
    """The packages of a requirements file. Raises LicenceError."""
    text = (PROJECT / "requirements" / f"{file}.txt").read_text(encoding="utf-8")
    found = [Package(name, version, licence_of(name, version)) for name, version in locked(text)]
    allowed = RUN_ONLY if file == "test" else SERVED
    if refused := [f"{each.name} ({each.licence})" for each in found if not is_allowed(each.licence, allowed)]:
        raise LicenceError(f"Under a licence that is not allowed: {', '.join(refused)}.")
    return sorted(set(found))


def images() -> list[str]:
    """The base images of the container."""
    dockerfile, compose = ((DEPLOY / name).read_text(encoding="utf-8") for name in ("Dockerfile", "compose.yaml"))
    found = re.findall(r"^FROM (\S+:\S+)", dockerfile, re.MULTILINE)
    return sorted({*found, *re.findall(r"^ +image: (\S+:\S+)$", compose, re.MULTILINE)})


def debian_packages() -> list[str]:
    """The Debian packages that the images install."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = re.findall(r"apt-get install ([^&]+)", text)
    return sorted({word for line in lines for word in line.split() if not word.startswith("-")})


def lines() -> Iterator[str]:
    """The lines of the page. Raises LicenceError."""
    yield INTRODUCTION
    known: set[Package] = set()
    for file, heading in HEADINGS.items():
        own = [each for each in packages(file) if each not in known]
        known.update(own)
        yield f"## {heading} (`requirements/{file}.txt`)\n\n| package | version | licence |\n| --- | --- | --- |"
        yield "\n".join(f"| {each.name} | {each.version} | {each.licence} |" for each in own) + "\n"
    yield STATIC
    yield IMAGES
    yield "\n".join(f"- `{each}`" for each in images())
    yield "\n| installed in them | licence |\n| --- | --- |"
    yield "\n".join(f"| {each} | {FROM_DEBIAN[each]} |" for each in debian_packages())


def main() -> None:
    """Write the page; exit with 1 and a sentence if a licence is not allowed."""
    try:
        PAGE.write_text("\n".join(lines()) + "\n", encoding="utf-8")
    except LicenceError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
